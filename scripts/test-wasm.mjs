// Runs the player's unit tests in Chromium: the pure parts as wasm32 computes them, and the browser layer.

import { join } from "node:path";
import { isMain, main, ROOT, run, which } from "./command.mjs";
import { ensureSystemPrograms } from "./system-programs.mjs";
import { ensureWasmToolchain } from "./toolchain.mjs";

/** Seconds, on a busy machine too. */
const TEST_TIMEOUT = "120";

/** Runs `wasm-pack test` with the machine's own chromedriver. */
export async function testWasm() {
  const env = await ensureWasmToolchain();
  const driver = which("chromedriver", env) ?? "/usr/bin/chromedriver";
  const browser = ["--headless", "--chrome", "--chromedriver", driver];
  // Only the library: its tests bring the standard library, which its other forms go without.
  const args = [
    "test",
    ...browser,
    "--mode",
    "force",
    "wasm-player",
    "--lib",
    "--locked",
    "--features",
    "std",
  ];
  const own = {
    ...env,
    CARGO_TARGET_DIR: join(ROOT, "target/wasm"),
    WASM_BINDGEN_TEST_TIMEOUT: TEST_TIMEOUT,
  };
  await run("wasm-pack", ["--log-level", "error", ...args], { env: own });
}

if (isMain(import.meta.url)) {
  await main(async () => {
    await ensureSystemPrograms();
    await testWasm();
  });
}
