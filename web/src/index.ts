/** Plays live FLV in a page. Importing this makes `<flv-player>` known. */
import { defineFlvPlayer } from "./flv-player-element.js";

export * from "./engine.js";
export { FlvPlayerElement, defineFlvPlayer } from "./flv-player-element.js";

defineFlvPlayer();
