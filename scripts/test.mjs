// Sets up, then checks and tests everything.
//
//   npm test               all of it
//   npm run check          formats, lints and types only
//   npm run e2e            the browser tests only

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { buildWeb } from "./build.mjs";
import { bold, green, main, output, Problem, red, ROOT, run, seconds, which } from "./command.mjs";
import { fuzz, TARGETS } from "./fuzz.mjs";
import { lintWasm } from "./lint-wasm.mjs";
import { ensurePackages } from "./packages.mjs";
import { ensureRust } from "./toolchain.mjs";

/** How long `npm test` fuzzes each target: enough to see that it still runs. */
const FUZZ_SECONDS = 10;

const tool = (name, ...args) => run(join(ROOT, "node_modules/.bin", name), args);
const cargo = (...args) => run("cargo", args);

/** What the tests play against, by the command that shows whether it is there. */
const PROGRAMS = [
  ["ffmpeg", ["ffmpeg"]],
  ["chromium", ["chromium", "fonts-dejavu-core"]],
  ["cvlc", ["vlc-bin", "vlc-plugin-base"]],
  [
    "gst-launch-1.0",
    ["base", "good", "bad", "ugly"]
      .map((set) => `gstreamer1.0-plugins-${set}`)
      .concat("gstreamer1.0-tools", "gstreamer1.0-libav"),
  ],
];
/** Elements that a GStreamer without all of its plugins lacks. */
const GSTREAMER_ELEMENTS = ["rtmp2sink", "rtmpsink", "x264enc", "avenc_aac", "flvmux"];

const CHECKS = [
  ["prettier", () => tool("prettier", "--check", "--log-level", "warn", ".")],
  ["eslint", () => tool("eslint", "--max-warnings", "0", ".")],
  ["rustfmt", () => cargo("fmt", "--all", "--check")],
  [
    "clippy",
    () => cargo("clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"),
  ],
  ["clippy (wasm)", lintWasm],
  ["rustdoc", rustdoc],
];
const BUILD = [["build the player and the page", () => buildWeb()]];
const TYPES = [["tsc", () => tool("tsc", "-p", "web/tsconfig.json")]];
const TESTS = [
  ["cargo test", () => cargo("test", "--workspace", "--locked", "--quiet")],
  ["unit tests of web", () => run(process.execPath, ["web/scripts/test.mjs"])],
  ["fuzz targets, shortly", () => fuzz(TARGETS, FUZZ_SECONDS)],
];
const BROWSER = [["browser tests", browserTests]];

const PLANS = {
  all: [...CHECKS, ...BUILD, ...TYPES, ...TESTS, ...BROWSER],
  check: [...CHECKS, ...BUILD, ...TYPES],
  e2e: [...BUILD, ...BROWSER],
};

await main(async () => {
  const name = process.argv[2] ?? "all";
  const plan = PLANS[name];
  if (plan === undefined) throw new Problem(`no plan ${name}; there are ${Object.keys(PLANS).join(", ")}`);
  const begun = performance.now();
  await ensureRust();
  await ensurePackages();
  if (name !== "check") await ensurePrograms();
  const results = [];
  for (const [title, work] of plan) results.push(await attempt(title, work));
  report(results, performance.now() - begun);
});

async function ensurePrograms() {
  for (const [program, packages] of PROGRAMS) {
    const lacking =
      program === "gst-launch-1.0" &&
      GSTREAMER_ELEMENTS.some((name) => output("gst-inspect-1.0", [name]) === undefined);
    if (!which(program) || lacking) await aptInstall(packages, `${program}, which the tests play against,`);
  }
}

async function attempt(title, work) {
  const begun = performance.now();
  console.log(`\n${bold(title)}`);
  try {
    await work();
    return { title, passed: true, took: performance.now() - begun };
  } catch (error) {
    console.error(`${red("✗")} ${error instanceof Problem ? error.message : error.stack}`);
    return { title, passed: false, took: performance.now() - begun };
  }
}

function report(results, took) {
  console.log("");
  for (const { title, passed, took } of results)
    console.log(`${passed ? green("✓") : red("✗")} ${title.padEnd(32)} ${seconds(took).padStart(12)}`);
  const failed = results.filter(({ passed }) => !passed).length;
  console.log(`  ${"in all".padEnd(32)} ${seconds(took).padStart(12)}`);
  console.log(`${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function rustdoc() {
  const env = { ...process.env, RUSTDOCFLAGS: "-D warnings" };
  return run("cargo", ["doc", "--workspace", "--no-deps", "--locked", "--quiet"], { env });
}

async function browserTests() {
  await cargo("build", "--locked", "--quiet", "-p", "flvgate");
  const directory = join(ROOT, "tests/browser");
  const files = readdirSync(directory).filter((name) => name.endsWith(".test.mjs"));
  if (files.length === 0) throw new Problem(`there are no tests in ${directory}`);
  const env = { ...process.env, FLVGATE_BIN: join(ROOT, "target/debug/flvgate") };
  if (!existsSync(env.FLVGATE_BIN)) throw new Problem(`${env.FLVGATE_BIN} is missing`);
  // One at a time: each has an encoder, a browser and a decoder to feed.
  const paths = files.map((name) => join(directory, name));
  await run(process.execPath, ["--test", "--test-concurrency=1", ...paths], { env });
}
