/** What a bundler makes of `import wasm from "flvgate-player/flvgate_player_bg.wasm"`, for `init`; its types only. */
import type { WasmSource } from "./player.js";

declare const wasm: WasmSource;
export default wasm;
