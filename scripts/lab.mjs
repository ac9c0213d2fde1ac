// `npm run lab`: builds the player, and runs it and mpegts.js against hostile streams, side by side.
//
//   npm run lab                        every scenario, as a table
//   npm run lab -- --help              what else there is
//
// docs/player.md says what is measured, and how to read it.

import { build } from "./build.mjs";
import { isMain, main, run } from "./command.mjs";
import { ensureSystemPrograms } from "./system-programs.mjs";

async function lab(args) {
  await ensureSystemPrograms();
  await build();
  await run(process.execPath, ["tests/browser/lab/main.mjs", ...args]);
}

if (isMain(import.meta.url)) await main(() => lab(process.argv.slice(2)));
