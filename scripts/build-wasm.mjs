// Builds the player: wasm-player -> web/wasm/flvgate_player{.js,.d.ts,_bg.wasm}. Does nothing when nothing has changed.
//
//   node scripts/build-wasm.mjs [--dev]      --dev: quick to build, with names in stack traces, not for size

import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { dim, isMain, main, output, ROOT, run, step } from "./command.mjs";
import { buildOnce, hashInputs } from "./inputs.mjs";
import { shrinkWasm } from "./shrink-wasm.mjs";
import { ensureWasmToolchain } from "./toolchain.mjs";

const OUT = join(ROOT, "web/wasm");
const SOURCES = [
  ...[
    "Cargo.toml",
    "Cargo.lock",
    "media/Cargo.toml",
    "media/src",
    "wasm-player/Cargo.toml",
    "wasm-player/src",
  ],
  // These pin the tools, and say how they are called.
  ...["package-lock.json", "scripts/build-wasm.mjs", "scripts/shrink-wasm.mjs", "scripts/toolchain.mjs"],
];
/** Builds the player, with `features` of its crate, into `out`, if its sources have changed. */
export async function buildWasm({ dev = false, features = [], out = OUT } = {}) {
  const env = await ensureWasmToolchain();
  const facts = [dev ? "dev" : "release", ...features, output("rustc", ["--version"], { env })];
  const inputs = hashInputs(SOURCES, facts);
  const wasm = join(out, "flvgate_player_bg.wasm");
  await buildOnce({ product: wasm, stamp: join(out, "inputs.sha256"), inputs }, async () => {
    await step("build the player (wasm)", async () => {
      await compile(env, { dev, features, out });
      if (!dev) await shrinkWasm(wasm, join(out, "flvgate_player.js"));
    });
    printSizes(wasm);
  });
}

async function compile(env, { dev, features, out }) {
  // "force" leaves out wasm-pack's own look for the target, which knows rustup's only; the toolchain script has seen to it.
  const fixed = ["--target", "web", "--mode", "force", "--no-opt", "--no-pack", "--no-gitignore"];
  const profile = dev ? ["--dev"] : ["--profile", "wasm"];
  const cargo = ["--locked", ...(features.length > 0 ? ["--features", features.join()] : [])];
  const args = ["build", "wasm-player", ...fixed, "--out-dir", out, ...profile, "--", ...cargo];
  // A target directory of its own: this may be another compiler than the server's, and each would rebuild all of the other's.
  const own = { ...env, CARGO_TARGET_DIR: join(ROOT, "target/wasm") };
  await run("wasm-pack", ["--log-level", "error", ...args], { env: own });
}

function printSizes(wasm) {
  const bytes = readFileSync(wasm);
  const kilobytes = (size) => `${(size / 1000).toFixed(1)} kB`;
  const [gzip, brotli] = [gzipSync(bytes, { level: 9 }), brotliCompressSync(bytes)];
  const sizes = `${kilobytes(bytes.length)}, gzip ${kilobytes(gzip.length)}, brotli ${kilobytes(brotli.length)}`;
  console.log(dim(`  ${relative(ROOT, wasm)}: ${sizes}`));
}

if (isMain(import.meta.url)) await main(() => buildWasm({ dev: process.argv.includes("--dev") }));
