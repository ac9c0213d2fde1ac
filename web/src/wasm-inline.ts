/** Takes the place of `wasm-source.ts` in the builds that have the WebAssembly inside. */
import bytes from "../wasm/flvgate_player_bg.wasm";

// TypeScript takes it for the module; the build makes it the bytes.
export const defaultWasm = (): BufferSource => bytes as unknown as Uint8Array<ArrayBuffer>;
