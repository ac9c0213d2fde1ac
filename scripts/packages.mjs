// The npm packages that building and testing need.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run, step } from "./command.mjs";

/** Installs exactly what package-lock.json says, unless that is installed already. */
export async function ensurePackages() {
  if (packagesFit()) return;
  await step("npm ci", () =>
    run("npm", ["ci", "--no-audit", "--no-fund"], { quiet: true, timeoutSeconds: 600 }),
  );
}

function packagesFit() {
  // npm leaves in node_modules a list of what it has installed.
  const [wanted, found] = ["package-lock.json", "node_modules/.package-lock.json"].map((name) => {
    const path = join(ROOT, name);
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : {};
  });
  return Object.entries(wanted)
    .filter(([path, { optional }]) => path.includes("node_modules/") && !optional)
    .every(([path, { version }]) => path in found && found[path].version === version);
}
