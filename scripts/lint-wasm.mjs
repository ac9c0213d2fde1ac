// Lints the player as the browser gets it: what is behind `cfg(target_arch = "wasm32")` no native clippy sees.

import { join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { isMain, main, output, ROOT, run } from "./command.mjs";
import { ensureWasmToolchain, WASM_TARGET } from "./toolchain.mjs";

/** Debian's clippy for its own newer Rust, which is what builds the player where rustup has no wasm32 target. */
const DEBIAN_CLIPPY = { program: "/usr/bin/cargo-clippy", packages: ["rust-web-clippy"] };

/** Runs clippy for wasm32 on the player; warnings are errors. */
export async function lintWasm() {
  const env = await ensureWasmToolchain();
  const own = { ...env, CARGO_TARGET_DIR: join(ROOT, "target/wasm") };
  const what = ["-p", "flvgate-player", "--target", WASM_TARGET, "--locked", "--quiet"];
  const program = await clippyProgram(env);
  // One after the other: what the tests depend on has std, and the player has none.
  for (const targets of ["--lib", "--tests"])
    await run(program, ["clippy", targets, ...what, "--", "-D", "warnings"], { env: own });
}

async function clippyProgram(env) {
  const rustc = output("rustc", ["--print", "sysroot"], { env });
  // Called by its path: rustup's own cargo-clippy would lint with a compiler that lacks the target.
  if (rustc !== "/usr") return "cargo";
  await aptInstall(DEBIAN_CLIPPY.packages, "clippy for the compiler that builds the player");
  return DEBIAN_CLIPPY.program;
}

if (isMain(import.meta.url)) await main(lintWasm);
