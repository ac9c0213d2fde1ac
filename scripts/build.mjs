// Builds everything that a browser loads: the player, the package and the page, into web/dist.
//
//   npm run build [-- --dev]      --dev: quick to build, readable in the debugger

import { buildWasm } from "./build-wasm.mjs";
import { isMain, main, run, step } from "./command.mjs";
import { ensurePackages } from "./packages.mjs";

export async function buildWeb({ dev = false } = {}) {
  await ensurePackages();
  await buildWasm({ dev });
  await step("build the package and the page (web/dist)", () =>
    run(process.execPath, ["web/scripts/build.mjs", ...(dev ? ["--dev"] : [])]),
  );
}

if (isMain(import.meta.url)) await main(() => buildWeb({ dev: process.argv.includes("--dev") }));
