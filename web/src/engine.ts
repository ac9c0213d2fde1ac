/** The engine without the element, and without side effects, for pages that bring a `<video>` of their own. */
export { FlvPlayerError, type ErrorCategory, type ErrorCode } from "./errors.js";
export type * from "./events.js";
export {
  Player,
  init,
  isSupported,
  type PlayerEventOf,
  type PlayerOptions,
  type WasmSource,
} from "./player.js";
