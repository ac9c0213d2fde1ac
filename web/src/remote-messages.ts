/** What the page and the worker say to each other, with the number of the player that it is about. */
import type { RecordedEvent } from "./capture.js";
import type { PlayerEvent, PlayerStats } from "./events.js";
import type { PageEventName } from "./page-events.js";

/** The page's `<video>`, as it was after `heard` messages about it had been done. */
export interface VideoState {
  heard: number;
  currentTime: number;
  playbackRate: number;
  paused: boolean;
  seeking: boolean;
  ended: boolean;
  muted: boolean;
  error: string | null;
  totalVideoFrames: number;
  droppedVideoFrames: number;
}

/** The events of the element that the player heeds. */
export const VIDEO_EVENTS = ["play", "pause", "seeking", "waiting", "error"] as const;
export type VideoEvent = (typeof VIDEO_EVENTS)[number];

/** To the worker. */
export type ToWorker =
  | { type: "module"; module: WebAssembly.Module }
  | { type: "create"; player: number; options: object; video: VideoState; hidden: boolean }
  | { type: "call"; player: number; method: Call; value?: unknown }
  | { type: "page"; player: number; name: PageEventName; hidden: boolean }
  | { type: "tick"; player: number; video: VideoState }
  | { type: "video"; player: number; event: VideoEvent; video: VideoState }
  | { type: "played"; player: number; error: string | null };

/** Methods of the player that take one value or none, and give none. */
export type Call =
  | "load"
  | "destroy"
  | "record"
  | "stopRecording"
  | "jumpToLive"
  | "setLatencyTarget"
  | "setReconnect"
  | "setAutoplay"
  | "stats";

/** From the worker. */
export type FromWorker =
  | { type: "ready" }
  /** Its Content-Security-Policy forbids a connection to that address. */
  | { type: "blocked"; address: string }
  | { type: "event"; player: number; event: PlayerEvent | RecordedEvent }
  | { type: "stats"; player: number; stats: PlayerStats }
  | { type: "set"; player: number; name: "currentTime" | "playbackRate" | "muted"; value: number | boolean }
  | { type: "attach"; player: number; handle: MediaProvider | null; managed: boolean }
  | { type: "play"; player: number };
