// What the build needs beyond node: Rust, its wasm32 target, wasm-pack, wasm-bindgen's command.
//
// Does nothing for what is there already. Uses no npm package, because it runs before there are any.

import { existsSync, readFileSync, realpathSync, readlinkSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { isMain, main, output, Problem, ROOT, run, step, which } from "./command.mjs";

export const WASM_TARGET = "wasm32-unknown-unknown";
const WASM_PACK_VERSION = "0.15.1";
const GECKODRIVER_VERSION = "0.37.1";
/** Where commands are installed that the machine lacks: inside the repository, so that nothing of the user's changes. */
const TOOLS = join(ROOT, ".tools");
const TOOLS_BIN = join(TOOLS, "bin");
/** A server that is reachable sends the target in a few seconds; one that is filtered may never answer. */
const RUSTUP_TIMEOUT_SECONDS = 90;
/** Debian's own Rust that is new enough: it lives in /usr/bin, beside any rustup. */
const DEBIAN_RUST = ["rustc-web", "cargo-web"];
const DEBIAN_RUST_FOR_WASM = [...DEBIAN_RUST, "rust-web-src", "rust-web-llvm"];

/** Makes sure that the server can be built. */
export async function ensureRust() {
  const wanted = manifestValue(/^rust-version = "([\d.]+)"/m);
  const found = output("cargo", ["--version"])?.match(/^cargo (\d+\.\d+)/)?.[1];
  if (found === undefined || older(found, wanted)) {
    const what = found === undefined ? "no Rust is installed" : `Rust ${found} is installed`;
    if (!which("apt-get"))
      throw new Problem(`Rust ${wanted} or newer is needed, ${what}. Get it from https://rustup.rs`);
    await aptInstall(DEBIAN_RUST, `Rust ${wanted} or newer`);
  }
  if (!which("cc")) await aptInstall(["gcc", "libc6-dev"], "a C compiler, with which Rust links");
}

/** Makes sure that the player can be built; returns the environment in which to build it. */
export async function ensureWasmToolchain() {
  await ensureRust();
  const env = await ensureWasmTarget();
  await ensureCommand("wasm-pack", WASM_PACK_VERSION);
  // The code that the command writes fits only the crate of its own version.
  await ensureCommand(
    "wasm-bindgen",
    manifestValue(/^wasm-bindgen = \{ version = "=([\d.]+)"/m),
    "wasm-bindgen-cli",
  );
  return { ...env, PATH: [TOOLS_BIN, env.PATH].join(delimiter) };
}

/** Makes sure that the tests can drive Firefox: Debian has no package of its driver. */
export const ensureGeckodriver = () => ensureCommand("geckodriver", GECKODRIVER_VERSION);

async function ensureWasmTarget() {
  const forced = process.env.FLVGATE_WASM_RUST;
  if (forced !== undefined && forced !== "debian")
    throw new Problem(`FLVGATE_WASM_RUST is "${forced}"; only "debian" is known`);
  if (forced === undefined) {
    if (hasWasmTarget()) return process.env;
    if (which("rustup") && (await addTargetByRustup())) return process.env;
  }
  return debianWasmEnvironment();
}

/** Whether the compiler on PATH comes with the standard library for wasm32. */
function hasWasmTarget() {
  const directory = output("rustc", ["--print", "target-libdir", "--target", WASM_TARGET]);
  return directory !== undefined && existsSync(directory);
}

async function addTargetByRustup() {
  try {
    const args = ["target", "add", WASM_TARGET];
    await step(`rustup ${args.join(" ")}`, () =>
      run("rustup", args, { quiet: true, timeoutSeconds: RUSTUP_TIMEOUT_SECONDS }),
    );
    return true;
  } catch (error) {
    console.log(`  ${error.message.split("\n")[0]}; trying Debian's Rust instead`);
    return false;
  }
}

/**
 * Debian's Rust brings no compiled standard library for wasm32 but its source, so the build compiles that too.
 *
 * `RUSTC_BOOTSTRAP` is what makes a stable cargo accept `build-std`.
 */
async function debianWasmEnvironment() {
  if (!which("apt-get")) {
    throw new Problem(
      `Rust's target ${WASM_TARGET} is missing. With rustup:\n  rustup target add ${WASM_TARGET}`,
    );
  }
  await aptInstall(DEBIAN_RUST_FOR_WASM, `Rust's target ${WASM_TARGET}`);
  return {
    ...process.env,
    PATH: ["/usr/bin", process.env.PATH].join(delimiter),
    RUSTC_BOOTSTRAP: "1",
    CARGO_UNSTABLE_BUILD_STD: "std,panic_abort",
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: await wasmLinker(),
  };
}

async function wasmLinker() {
  const sysroot = output("rustc", ["--print", "sysroot"]) ?? "/usr";
  const host = output("rustc", ["-vV"])?.match(/^host: (.+)$/m)?.[1] ?? "";
  const debian = "/usr/bin/rust-lld";
  const candidates = [join(sysroot, "lib/rustlib", host, "bin/rust-lld"), debian];
  const found = candidates.find(existsSync);
  if (found !== undefined) return found;
  // Debian's rust-lld is a link to the lld of one LLVM version, which comes in a package of that name.
  await aptInstall([basename(readlinkSync(debian))], "the linker for wasm32");
  return realpathSync(debian);
}

/** Makes sure that a cargo-installed command is there in exactly this version. */
async function ensureCommand(command, version, crate = command) {
  const fits = (path) => output(path, ["--version"])?.split(" ")[1] === version;
  const local = join(TOOLS_BIN, command);
  if (fits(local) || (!existsSync(local) && fits(command))) return;
  const install = (extra) =>
    run("cargo", ["install", ...extra, "--root", TOOLS, "--version", `=${version}`, crate]);
  await step(`cargo install ${crate} ${version} (once; 2 to 4 minutes)`, async () => {
    // The locked dependencies are the tested ones; a mirror may not have the newest of them, then others of the same major do.
    await install(["--locked"]).catch(() => install([]));
  });
}

function manifestValue(pattern) {
  const value = readFileSync(join(ROOT, "Cargo.toml"), "utf8").match(pattern)?.[1];
  if (value === undefined) throw new Error(`Cargo.toml has no line like ${pattern}`);
  return value;
}

function older(found, wanted) {
  const [a, b] = [found, wanted].map((version) => version.split(".").map(Number));
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

if (isMain(import.meta.url)) await main(ensureWasmToolchain);
