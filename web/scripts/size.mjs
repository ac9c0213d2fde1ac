// Holds what a page downloads against web/size-budget.json, in bytes as brotli sends them.
//
//   node web/scripts/size.mjs
//
// `files` counts with the chunks that they import. Above `limit` is a failure; `goal` is where it is to come.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

const WEB = dirname(dirname(fileURLToPath(import.meta.url)));

/** The file, and all that it imports. */
function withImports(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  if (!name.endsWith(".js")) return found;
  const text = readFileSync(join(WEB, "dist", name), "utf8");
  for (const [, imported] of text.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) {
    withImports(imported, found);
  }
  return found;
}

const size = (name) => brotliCompressSync(readFileSync(join(WEB, "dist", name))).length;

const budget = JSON.parse(readFileSync(join(WEB, "size-budget.json"), "utf8"));
for (const [name, { files, limit, goal }] of Object.entries(budget)) {
  const all = new Set(files.flatMap((file) => [...withImports(file)]));
  const bytes = [...all].reduce((sum, file) => sum + size(file), 0);
  const verdict = bytes > limit ? "too much" : bytes > goal ? "above its goal" : "ok";
  console.log(`${name}: ${bytes} bytes (at most ${limit}, goal ${goal}): ${verdict}`);
  if (bytes > limit) process.exitCode = 1;
}
