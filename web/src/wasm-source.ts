/** Where the WebAssembly is unless the page says otherwise: beside the script. Bundlers know this form, and bring the file. */
export const defaultWasm = (): URL => new URL("flvgate_player_bg.wasm", import.meta.url);
