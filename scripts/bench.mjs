// `npm run bench`: builds the server and the benchmark, and runs it.
//
//   npm run bench -- --quick           every scenario in short, in under three minutes once built
//   npm run bench -- --help            what else there is
//
// docs/benchmark.md says what is measured, and how to read it.

import { join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { isMain, main, output, ROOT, run, step } from "./command.mjs";
import { buildServer } from "./start.mjs";
import { ensureFfmpeg } from "./system-programs.mjs";

async function bench(args) {
  await ensureFfmpeg();
  // What it is built with, from its registry.
  if (args.includes("xiu") && output("pkg-config", ["--exists", "opus"]) === undefined)
    await aptInstall(["libopus-dev", "pkg-config"], "libopus, for xiu");
  const server = await buildServer({ dev: false });
  // By itself, so that the server is built as it is for everybody else, without the features that the load clients need.
  await step("build the benchmark", () =>
    run("cargo", ["build", "-p", "flvgate-bench", "--locked", "--release"]),
  );
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const which = args.includes("--server") ? [] : ["--server", server];
  await run(join(target, "release", "flvgate-bench"), [...which, ...args]);
}

if (isMain(import.meta.url)) await main(() => bench(process.argv.slice(2)));
