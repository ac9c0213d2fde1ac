// Tells whether a thing that was built from files needs to be built again.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ROOT } from "./command.mjs";

/**
 * What something is built from: `paths` (files, or directories with all below them, from the root) and other `facts`.
 *
 * By content, not by time: switching branches forth and back touches files but changes none.
 */
export function hashInputs(paths, facts = []) {
  const hash = createHash("sha256").update(facts.join("\n"));
  for (const path of paths.flatMap((path) => filesOf(join(ROOT, path)))) {
    hash.update(relative(ROOT, path)).update("\0").update(readFileSync(path)).update("\0");
  }
  return `${hash.digest("hex")}\n`;
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Calls `build` unless `product` exists and `stamp` says that it was built from `inputs`. */
export async function buildOnce({ product, stamp, inputs }, build) {
  if (existsSync(product) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return;
  await build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
}
