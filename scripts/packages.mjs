// The npm packages that building and testing need.

import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT, run, step } from "./command.mjs";

/** Installs exactly what the package-lock.json of that directory says, unless that is installed already. */
export async function ensurePackages(directory = ROOT) {
  if (packagesFit(directory)) return;
  const where = relative(ROOT, directory);
  await step(where === "" ? "npm ci" : `npm ci in ${where}`, () =>
    run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: directory, quiet: true, timeoutSeconds: 600 }),
  );
}

function packagesFit(directory) {
  // npm leaves in node_modules a list of what it has installed.
  const [wanted, found] = ["package-lock.json", "node_modules/.package-lock.json"].map((name) => {
    const path = join(directory, name);
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : {};
  });
  return Object.entries(wanted)
    .filter(([path, { optional }]) => path.includes("node_modules/") && !optional)
    .every(([path, { version }]) => path in found && found[path].version === version);
}
