// Builds the player: wasm-player -> web/wasm/flvgate_player{.js,.d.ts,_bg.wasm}. Does nothing when nothing has changed.
//
//   node scripts/build-wasm.mjs [--dev]      --dev: quick to build, with names in stack traces, not for size

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { dim, isMain, main, output, ROOT, run, step } from "./command.mjs";
import { ensureWasmToolchain } from "./toolchain.mjs";

const OUT = join(ROOT, "web/wasm");
const WASM = join(OUT, "flvgate_player_bg.wasm");
const STAMP = join(OUT, "inputs.sha256");
const INPUTS = [
  "Cargo.toml",
  "Cargo.lock",
  "media/Cargo.toml",
  "media/src",
  "wasm-player/Cargo.toml",
  "wasm-player/src",
];
const SCRIPTS = ["package-lock.json", "scripts/build-wasm.mjs", "scripts/toolchain.mjs"];
/** What rustc's wasm32 target has on by default; every browser with Media Source Extensions in a worker has them. */
const WASM_FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "sign-ext",
  "mutable-globals",
  "nontrapping-float-to-int",
  "multivalue",
  "reference-types",
];

/** Builds the player if its sources are newer than it. */
export async function buildWasm({ dev = false } = {}) {
  const env = await ensureWasmToolchain();
  const inputs = hashInputs([dev ? "dev" : "release", output("rustc", ["--version"], { env })]);
  if (existsSync(WASM) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === inputs) return;
  await step("build the player (wasm)", async () => {
    await compile(env, dev);
    if (!dev) await optimise();
  });
  writeFileSync(STAMP, inputs);
  printSizes();
}

async function compile(env, dev) {
  // A target directory of its own: this may be another compiler than the server's, and each would rebuild all of the other's.
  const own = { ...env, CARGO_TARGET_DIR: join(ROOT, "target/wasm") };
  // "force" leaves out wasm-pack's own look for the target, which knows rustup's only; the toolchain script has seen to it.
  const fixed = [
    "--target",
    "web",
    "--mode",
    "force",
    "--no-opt",
    "--no-pack",
    "--no-gitignore",
    "--out-dir",
    OUT,
  ];
  const profile = dev ? ["--dev"] : ["--profile", "wasm"];
  await run(
    "wasm-pack",
    ["--log-level", "error", "build", "wasm-player", ...fixed, ...profile, "--", "--locked"],
    { env: own },
  );
}

async function optimise() {
  const smaller = `${WASM}.opt`;
  const features = WASM_FEATURES.map((feature) => `--enable-${feature}`);
  await run(process.execPath, [
    join(ROOT, "node_modules/binaryen/bin/wasm-opt"),
    "-Oz",
    ...features,
    WASM,
    "-o",
    smaller,
  ]);
  renameSync(smaller, WASM);
}

function hashInputs(facts) {
  const hash = createHash("sha256").update(facts.join("\n"));
  for (const input of [...INPUTS, ...SCRIPTS]) {
    for (const path of filesOf(join(ROOT, input)))
      hash.update(relative(ROOT, path)).update("\0").update(readFileSync(path)).update("\0");
  }
  return `${hash.digest("hex")}\n`;
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function printSizes() {
  const bytes = readFileSync(WASM);
  const kilobytes = (size) => `${(size / 1000).toFixed(1)} kB`;
  const [gzip, brotli] = [gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  console.log(
    dim(
      `  ${relative(ROOT, WASM)}: ${kilobytes(bytes.length)}, gzip ${kilobytes(gzip)}, brotli ${kilobytes(brotli)}`,
    ),
  );
}

if (isMain(import.meta.url)) await main(() => buildWasm({ dev: process.argv.includes("--dev") }));
