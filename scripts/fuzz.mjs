// Runs the fuzz targets of tests/fuzz, with libFuzzer on stable Rust.
//
//   node scripts/fuzz.mjs [TARGET...] [--seconds N]      all targets, 60 s each, unless told otherwise
//
// An input that fails is kept in tests/fuzz/artifacts/TARGET; run the target's binary with it to see it fail again.

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMain, main, output, Problem, ROOT, run, seconds, step, which } from "./command.mjs";
import { ensureRust } from "./toolchain.mjs";
import { aptInstall } from "./apt.mjs";

const FUZZ = join(ROOT, "tests/fuzz");
const DEFAULT_SECONDS = 60;
/** What cargo-fuzz would pass, less the address sanitizer: that needs nightly, and finds what safe Rust does not do. */
const INSTRUMENTATION = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "-Ccodegen-units=1",
  "--cfg=fuzzing",
];
/** An input that takes longer, or a process that needs more, has found a peer's way to wear the server out. */
const LIMITS = ["-timeout=10", "-rss_limit_mb=1024"];

/** Every target, by name. */
export function fuzzTargets() {
  const manifest = readFileSync(join(FUZZ, "Cargo.toml"), "utf8");
  return [...manifest.matchAll(/^\[\[bin\]\]\nname = "(.+)"/gm)].map(([, name]) => name);
}

/** Builds the targets and runs each of them for `duration` seconds; throws a {@link Problem} at a finding. */
export async function fuzz({ targets = fuzzTargets(), duration }) {
  const binaries = await buildTargets();
  const findings = [];
  for (const target of targets) {
    await step(`fuzz ${target} for ${duration} s`, () => runTarget(target, binaries, duration)).catch(
      (error) => {
        console.error(error.message);
        findings.push(target);
      },
    );
  }
  if (findings.length > 0)
    throw new Problem(`fuzzing failed: ${findings.join(", ")}; inputs in tests/fuzz/artifacts`);
}

async function buildTargets() {
  await ensureRust();
  // libFuzzer itself is C++.
  if (!which("c++")) await aptInstall(["g++"], "a C++ compiler, for libFuzzer");
  const host = output("rustc", ["-vV"])?.match(/^host: (.+)$/m)?.[1];
  const target = join(FUZZ, "target");
  // With --target the flags are for the targets only, not for build scripts and procedural macros.
  const args = [
    "build",
    "--release",
    "--locked",
    "--target",
    host,
    "--manifest-path",
    join(FUZZ, "Cargo.toml"),
  ];
  const env = { ...process.env, RUSTFLAGS: INSTRUMENTATION.join(" "), CARGO_TARGET_DIR: target };
  await step("build the fuzz targets", () => run("cargo", args, { env }));
  return join(target, host, "release");
}

async function runTarget(target, binaries, duration) {
  const [corpus, artifacts] = ["corpus", "artifacts"].map((name) => join(FUZZ, name, target));
  [corpus, artifacts].forEach((directory) => mkdirSync(directory, { recursive: true }));
  const args = [
    `-max_total_time=${duration}`,
    "-print_final_stats=1",
    `-artifact_prefix=${artifacts}/`,
    ...LIMITS,
  ];
  const started = performance.now();
  const log = await run(join(binaries, target), [...args, corpus], { quiet: true });
  const executions = Number(log.match(/stat::number_of_executed_units:\s+(\d+)/)?.[1]);
  // A target that runs nothing finds nothing.
  if (!(executions > 0)) throw new Problem(`${target} executed no input:\n${log}`);
  const coverage = [...log.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? "?";
  const took = seconds(performance.now() - started);
  console.log(
    `  ${executions.toLocaleString("en")} inputs in ${took}, ${coverage} edges covered, no finding`,
  );
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const options = { seconds: { type: "string", default: `${DEFAULT_SECONDS}` } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const unknown = positionals.filter((name) => !fuzzTargets().includes(name));
    if (unknown.length > 0) {
      throw new Problem(
        `there is no fuzz target ${unknown.join(", ")}; there are ${fuzzTargets().join(", ")}`,
      );
    }
    const duration = Number(values.seconds);
    if (!(duration > 0)) throw new Problem(`--seconds must be a number of seconds, not "${values.seconds}"`);
    await fuzz({ targets: positionals.length > 0 ? positionals : undefined, duration });
  });
}
