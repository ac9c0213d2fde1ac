/** Gets the WebAssembly, once for the page and for its worker. */
import { initSync } from "../wasm/flvgate_player.js";
import { defaultWasm } from "./wasm-source.js";

/** Where the player's WebAssembly comes from. */
export type WasmSource =
  string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module;

let compiling: Promise<WebAssembly.Module> | undefined;
let isReady = false;

/** The compiled module; from `source` if this is the first call. */
export async function wasmModule(source?: WasmSource): Promise<WebAssembly.Module> {
  compiling ??= compile(source ?? defaultWasm());
  try {
    return await compiling;
  } catch (error) {
    // The next call tries again.
    compiling = undefined;
    throw error;
  }
}

/** Makes the player's classes usable on this thread. */
export function instantiate(module: WebAssembly.Module): void {
  if (!isReady) initSync({ module });
  isReady = true;
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return await WebAssembly.compile(source);
  const isLocation = typeof source === "string" || source instanceof URL || source instanceof Request;
  const response = await (isLocation ? fetch(source) : source);
  if (!response.ok) throw new Error(`${response.url}: status ${String(response.status)}`);
  // Compiled while it comes, if the server says what it is.
  if (response.headers.get("content-type")?.startsWith("application/wasm") === true)
    return await WebAssembly.compileStreaming(response);
  return await WebAssembly.compile(await response.arrayBuffer());
}
