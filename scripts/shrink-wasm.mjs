// Makes the player small after wasm-bindgen: the browser downloads it before the first picture.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output, ROOT } from "./command.mjs";

/**
 * Functions that only a defect of ours reaches. All of them end in a panic, which ends in a trap (`wasm-player/src/runtime.rs`)
 * whatever they do before: they become that trap, and with them goes what their messages are made of.
 */
const PANICS = [
  /^core::(panicking|panic)::/,
  /^core::(option|result)::(expect|unwrap)_failed/,
  /^core::slice::(index::slice_\w*fail|copy_from_slice_impl::len_mismatch_fail)/,
  /^core::str::slice_error_fail/,
  /^core::cell::(lazy::)?panic_/,
  /^alloc::(raw_vec::(handle_error|capacity_overflow)|alloc::handle_alloc_error)/,
  /^(__rustc::)?__(rdl|rust)_alloc_error_handler/,
];

/** The formatting machinery: nothing but panics uses it in a release. */
const FORMATTING = [/^<?core::fmt::/, /^<.* as core::fmt::(Debug|Display|Write)>::/, /^core::str::count::/];

/**
 * What rustc's wasm32 target has on by default, by wasm-opt's name and binaryen's; every browser with Media Source Extensions
 * in a worker has them.
 */
const FEATURES = {
  "bulk-memory": "BulkMemory",
  "bulk-memory-opt": "BulkMemoryOpt",
  multivalue: "Multivalue",
  "mutable-globals": "MutableGlobals",
  "nontrapping-float-to-int": "NontrappingFPToInt",
  "reference-types": "ReferenceTypes",
  "sign-ext": "SignExt",
};

/**
 * What is smallest once a server has compressed it: code that is there twice costs next to nothing then, and code that was
 * changed to be there once does.
 */
const PASSES = [
  ...["-Oz", "--converge"],
  ...["--always-inline-max-function-size=0", "--flexible-inline-max-function-size=0"],
  ...["--one-caller-inline-max-function-size=0", "--skip-pass=local-cse"],
];

/** Where a panic is in the sources: of no use to a trap, and the builder's own business. */
const PATHS = /(?:\/|wasm-player\/|media\/)[\w./@+-]+\.rs\0/g;

/** Shrinks `wasm`, which must have its name section, in place; and `glue`, the JavaScript beside it. */
export async function shrinkWasm(wasm, glue) {
  // Not at the top: whoever imports this may be about to install it.
  const { default: binaryen } = await import("binaryen");
  writeFileSync(wasm, trapInsteadOfPanics(binaryen, withoutPaths(readFileSync(wasm))));
  optimise(wasm, PASSES);
  const renamed = optimise(wasm, ["--minify-imports-and-exports-and-modules"]);
  writeFileSync(glue, rename(readFileSync(glue, "utf8"), renamed));
}

/** Empties the paths in the data; what is empty at the ends of data is left out later. */
function withoutPaths(bytes) {
  for (const { 0: path, index } of bytes.toString("latin1").matchAll(PATHS))
    bytes.fill(0, index, index + path.length);
  return bytes;
}

/** Runs passes of wasm-opt on `wasm`, in place; returns what it prints. */
function optimise(wasm, passes) {
  const wasmOpt = join(ROOT, "node_modules/binaryen/bin/wasm-opt");
  const features = Object.keys(FEATURES).map((feature) => `--enable-${feature}`);
  const printed = output(process.execPath, [wasmOpt, ...passes, ...features, wasm, "-o", wasm]);
  if (printed === undefined) throw new Error(`wasm-opt ${passes.join(" ")} failed on ${wasm}`);
  return printed;
}

function trapInsteadOfPanics(binaryen, bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(Object.values(FEATURES).reduce((all, name) => all | binaryen.Features[name], 0));
  for (let index = 0; index < module.getNumFunctions(); index += 1) {
    const reference = module.getFunctionByIndex(index);
    const { name, module: imported } = binaryen.getFunctionInfo(reference);
    if (!imported && isTrap(name)) binaryen.Function(reference).body = module.unreachable();
  }
  const trapping = module.emitBinary();
  module.dispose();
  return trapping;
}

/** `name` is as wasm-bindgen demangles it: some compilers put a crate's hash behind its name. */
function isTrap(name) {
  const plain = name.replaceAll(/\[[0-9a-f]+\]/g, "");
  return [...PANICS, ...FORMATTING].some((pattern) => pattern.test(plain));
}

/** Gives the glue the short names that wasm-opt has given the module's imports and exports, and tells of as JSON. */
function rename(glue, renamed) {
  const { imports, exports } = JSON.parse(renamed);
  const names = new Map([...imports.map(([, old, short]) => [old, short]), ...exports]);
  return glue
    .replace(/\b__wb\w+\b|(?<=\bwasm\.)\w+\b/g, (name) => names.get(name) ?? name)
    .replace(`"${imports[0][0]}": import0`, "a: import0");
}
