// The npm packages that building and testing need.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run, step } from "./command.mjs";

/** Installs exactly what package-lock.json says, unless that is installed already. */
export async function ensurePackages() {
  const installed = join(ROOT, "node_modules/.package-lock.json");
  const wanted = join(ROOT, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  await step("npm ci", () => run("npm", ["ci", "--no-audit", "--no-fund"], { quiet: true }));
}
