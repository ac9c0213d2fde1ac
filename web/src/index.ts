/** Plays live FLV in a page. Importing this makes `<flv-player>` known. */
import { defineFlvPlayer } from "./flv-player-element.js";

export { FlvPlayerError, type ErrorCategory, type ErrorCode } from "./errors.js";
export type * from "./events.js";
export { FlvPlayerElement, defineFlvPlayer } from "./flv-player-element.js";
export { FlvPlayer, init, type PlayerOptions, type WasmSource } from "./player.js";

defineFlvPlayer();
