// Builds what the browser gets: the player (wasm), then the npm package and the page into web/dist.
//
//   node scripts/build.mjs [--dev]      --dev: quick to build and readable, not small

import { join } from "node:path";
import { buildWasm } from "./build-wasm.mjs";
import { isMain, main, ROOT, run, step } from "./command.mjs";
import { buildOnce, hashInputs } from "./inputs.mjs";
import { ensurePackages } from "./packages.mjs";

const WEB_SOURCES = ["package-lock.json", "web/package.json", "web/tsconfig.json", "web/tsconfig.types.json"];
const WEB_DIRECTORIES = ["web/src", "web/demo", "web/scripts", "web/wasm"];

/** Builds everything that the browser gets, as far as its sources have changed. */
export async function build({ dev = false } = {}) {
  await ensurePackages();
  await buildWasm({ dev });
  await buildWeb({ dev });
}

/** Builds web/dist if its sources have changed; the player must be built. */
export async function buildWeb({ dev = false } = {}) {
  const inputs = hashInputs([...WEB_SOURCES, ...WEB_DIRECTORIES], [dev ? "dev" : "release"]);
  // Not in web/dist: that is served and published as it is.
  const stamp = join(ROOT, "target/web-inputs.sha256");
  await buildOnce({ product: join(ROOT, "web/dist/index.html"), stamp, inputs }, () =>
    step("build the page and the package (web/dist)", () =>
      run(process.execPath, ["web/scripts/build.mjs", ...(dev ? ["--dev"] : [])]),
    ),
  );
}

if (isMain(import.meta.url)) await main(() => build({ dev: process.argv.includes("--dev") }));
