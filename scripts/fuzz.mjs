// Runs the fuzz targets of tests/fuzz, on stable Rust.
//
//   npm run fuzz [-- target ...] [--seconds N]      all targets for 60 s each, unless said otherwise

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isMain, main, output, Problem, ROOT, run, step } from "./command.mjs";
import { ensureRust } from "./toolchain.mjs";

const FUZZ = join(ROOT, "tests/fuzz");
const TARGET_DIR = join(FUZZ, "target");
/** What `cargo fuzz` passes to rustc, less the address sanitizer, which needs a nightly compiler and finds nothing in safe Rust. */
const INSTRUMENTATION = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "--cfg fuzzing",
  "-Ccodegen-units=1",
];
/** Far above what any target needs: more is a finding. */
const MEMORY_LIMIT_MB = 1024;

export const TARGETS = readdirSync(join(FUZZ, "fuzz_targets")).map((file) => file.replace(/\.rs$/, ""));

/** Runs each target for so many seconds; a finding is a failure, and its input is left in tests/fuzz/artifacts. */
export async function fuzz(targets, secondsEach) {
  await ensureRust();
  const host = output("rustc", ["-vV"]).match(/^host: (.+)$/m)[1];
  const env = { ...process.env, RUSTFLAGS: INSTRUMENTATION.join(" ") };
  // The target must be named, or build scripts would be instrumented too.
  const build = ["build", "--release", "--locked", "--quiet", "--target", host, "--target-dir", TARGET_DIR];
  await step("build the fuzz targets", () => run("cargo", build, { cwd: FUZZ, env }));
  for (const target of targets) {
    const corpus = join(FUZZ, "corpus", target);
    const artifacts = join(FUZZ, "artifacts", target);
    for (const directory of [corpus, artifacts]) mkdirSync(directory, { recursive: true });
    const limits = [`-max_total_time=${secondsEach}`, `-rss_limit_mb=${MEMORY_LIMIT_MB}`];
    const report = await step(`fuzz ${target} for ${secondsEach} s`, () =>
      run(
        join(TARGET_DIR, host, "release", target),
        [...limits, "-print_final_stats=1", `-artifact_prefix=${artifacts}/`, corpus],
        { quiet: true },
      ),
    );
    console.log(`  ${report.match(/Done \d+ runs in \d+ second/)?.[0] ?? "no count"}(s), no finding`);
  }
}

function parse(args) {
  const at = args.indexOf("--seconds");
  const secondsEach = at < 0 ? 60 : Number(args.splice(at, 2)[1]);
  if (!(secondsEach > 0)) throw new Problem("--seconds wants a number above 0");
  const unknown = args.find((name) => !TARGETS.includes(name));
  if (unknown !== undefined) throw new Problem(`no target ${unknown}; there are ${TARGETS.join(", ")}`);
  return [args.length > 0 ? args : TARGETS, secondsEach];
}

if (isMain(import.meta.url)) await main(() => fuzz(...parse(process.argv.slice(2))));
