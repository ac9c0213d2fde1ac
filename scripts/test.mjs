// `npm test`: sets up, then everything that says whether flvgate is right. CI runs this and nothing else.
//
//   node scripts/test.mjs              everything
//   node scripts/test.mjs check        formats, lints and types
//   node scripts/test.mjs e2e          the browser tests
//
// A failing step does not stop the others; the summary at the end names it.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { bold, dim, green, main, Problem, red, ROOT, run, seconds } from "./command.mjs";
import { fuzz } from "./fuzz.mjs";
import { lintWasm } from "./lint-wasm.mjs";
import { ensurePackages } from "./packages.mjs";
import { buildServer } from "./start.mjs";
import { ensureSystemPrograms } from "./system-programs.mjs";
import { testWasm } from "./test-wasm.mjs";
import { ensureGeckodriver, ensureWasmToolchain } from "./toolchain.mjs";

/** Enough to notice a target that has rotted; a search takes `npm run fuzz`. */
const FUZZ_SECONDS = 5;
/** A step that hangs must not hang the others. */
const TIMEOUT_SECONDS = 20 * 60;

const node = (args, env = process.env) =>
  run(process.execPath, args, { env, timeoutSeconds: TIMEOUT_SECONDS });
const cargo = (args, env = process.env) => run("cargo", args, { env, timeoutSeconds: TIMEOUT_SECONDS });
const deny = ["--", "-D", "warnings"];

const SET_UP = [
  ["npm packages", ensurePackages],
  ["toolchain", ensureWasmToolchain],
];
const PROGRAMS = [
  ["browsers, encoders and players", ensureSystemPrograms],
  ["Firefox's driver", ensureGeckodriver],
];
// First of all, because the types of the page, and its lints, come from the player's.
const BUILD = [["player and page", () => build()]];
const CHECK = [
  ["prettier", () => node(["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."])],
  ["rustfmt", () => cargo(["fmt", "--all", "--check"])],
  ["tsc", () => node(["node_modules/typescript/bin/tsc", "-p", "web/tsconfig.json"])],
  ["eslint", () => node(["node_modules/eslint/bin/eslint.js", "--max-warnings", "0", "."])],
  ["clippy", () => cargo(["clippy", "--workspace", "--all-targets", "--locked", ...deny])],
  ["clippy for wasm32", lintWasm],
  ["rustdoc", rustdoc],
  ["size budget", () => node(["web/scripts/size.mjs"])],
];
const UNIT = [
  ["Rust tests", () => cargo(["test", "--workspace", "--locked"])],
  ["the player's Rust tests in Chromium", testWasm],
  ["page tests", () => node(["web/scripts/test.mjs"])],
];
const FUZZ = [[`fuzz targets, ${FUZZ_SECONDS} s each`, () => fuzz({ duration: FUZZ_SECONDS })]];
const BROWSER = [["browser tests", browserTests]];

const SUITES = {
  all: [...SET_UP, ...PROGRAMS, ...BUILD, ...CHECK, ...UNIT, ...FUZZ, ...BROWSER],
  check: [...SET_UP, ...BUILD, ...CHECK],
  e2e: [...SET_UP, ...PROGRAMS, ...BUILD, ...BROWSER],
};

function rustdoc() {
  const env = { ...process.env, RUSTDOCFLAGS: "-D warnings" };
  return cargo(["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"], env);
}

async function browserTests() {
  const directory = join(ROOT, "tests/browser");
  const files = readdirSync(directory).filter((name) => name.endsWith(".test.mjs"));
  if (files.length === 0) throw new Problem("tests/browser has no tests");
  const env = { ...process.env, FLVGATE_BIN: await buildServer({ dev: true }) };
  // One after the other: each brings encoders and a browser, and they would starve each other.
  const paths = files.sort().map((name) => join(directory, name));
  await node(["--test", "--test-concurrency=1", ...paths], env);
}

/** Runs one step; never throws. */
async function perform([name, work]) {
  console.log(`\n${bold(`── ${name}`)}`);
  const started = performance.now();
  const outcome = await Promise.resolve()
    .then(work)
    .then(
      (note) => ({ passed: true, note: typeof note === "string" ? note : "" }),
      (error) => ({ passed: false, note: error instanceof Problem ? error.message : error.stack }),
    );
  if (outcome.note) console.log(outcome.passed ? outcome.note : red(outcome.note));
  return { name, ...outcome, duration: performance.now() - started };
}

function summary(results, total) {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map(({ name, passed, note, duration }) => {
    const remark = passed ? note : note.split("\n")[0];
    return `${passed ? green("✓") : red("✗")} ${name.padEnd(width)}  ${seconds(duration).padStart(12)}  ${dim(remark)}`;
  });
  const failed = results.filter(({ passed }) => !passed).length;
  const counts = `${results.length - failed} passed, ${failed} failed`;
  return ["", ...lines, "", dim(`in all: ${seconds(total)}`), counts].join("\n");
}

await main(async () => {
  const [suite = "all"] = process.argv.slice(2);
  const steps = SUITES[suite];
  if (!steps) throw new Problem(`there is no suite "${suite}"; there are ${Object.keys(SUITES).join(", ")}`);
  const started = performance.now();
  const results = [];
  for (const step of steps) {
    results.push(await perform(step));
    // Without what the set-up brings, every other step would fail in its own confusing way.
    if (SET_UP.includes(step) && !results.at(-1).passed) break;
  }
  console.log(summary(results, performance.now() - started));
  if (results.some(({ passed }) => !passed)) process.exitCode = 1;
});
