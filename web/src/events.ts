/**
 * What the player tells. `PlayerEvent` mirrors `wasm-player/src/player/event.rs`, `PlayerStats` mirrors
 * `Engine::stats` in `engine.rs`: change both together.
 */
import type { ErrorCategory, ErrorCode, FlvPlayerError } from "./errors.js";

/** Where the player is with its stream. */
export type StreamState =
  /** Nothing is loaded. */
  | "idle"
  /** The first connection is on its way. */
  | "connecting"
  /** There is no such stream yet, or its publisher is away; playback starts by itself when it comes. */
  | "waiting-for-stream"
  /** Media comes. */
  | "playing"
  /** The connection was lost, and will be tried again. */
  | "reconnecting"
  /** The stream ended, and `reconnect` is off. */
  | "ended"
  /** A fatal error; only another load helps. */
  | "failed";

/** A new state. */
export interface StateDetail {
  state: StreamState;
  /** How often the connection was tried since it last stood; 0 unless it is to be tried again. */
  attempt: number;
  /** Seconds until the next attempt; 0 unless there is one. */
  retryIn: number;
}

export interface VideoTrackInfo {
  /** As in RFC 6381: `avc1.64001f`. */
  codec: string;
  width: number;
  height: number;
}

export interface AudioTrackInfo {
  /** As in RFC 6381: `mp4a.40.2`. */
  codec: string;
  /** In Hz. */
  sampleRate: number;
  channels: number;
}

/** A live stream, or a file that ends and can be sought in. */
export type StreamType = "live" | "on-demand";

/** What there is to play; `null` for a track that there is not. */
export interface TracksDetail {
  video: VideoTrackInfo | null;
  audio: AudioTrackInfo | null;
}

/** A value of `onMetaData`, which each encoder fills as it likes. */
export type MetadataValue =
  number | boolean | string | null | Date | MetadataValue[] | { [name: string]: MetadataValue };

export interface MetadataDetail {
  metadata: Record<string, MetadataValue>;
}

/** The publisher's clock jumped, or it came back; playback goes on without a gap. */
export interface DiscontinuityDetail {
  /** By how much, in milliseconds; negative: backwards. */
  jumpMs: number;
}

/** Something cannot be played, or was left out; the rest plays on. */
export interface WarningDetail {
  code: "codec-unsupported" | "malformed" | "buffer-full" | "webcodecs-unsupported";
  track: "video" | "audio" | null;
  message: string;
}

/** The browser's autoplay policy interfered. */
export interface AutoplayBlockedDetail {
  /** It plays without sound; if false, it does not play until the user asks for it. */
  muted: boolean;
}

/** What is playing, and how well. */
export interface PlayerStats {
  url: string;
  transport: "http-flv" | "websocket-flv";
  state: StreamState;
  streamType: StreamType;
  videoCodec: string | null;
  audioCodec: string | null;
  width: number;
  height: number;
  /** In Hz. */
  sampleRate: number;
  channels: number;
  /** Of the last second, by the stream's own clock. */
  framesPerSecond: number;
  /** Received in the last second. */
  kilobitsPerSecond: number;
  bytesReceived: number;
  /** From the newest that is buffered back to what is shown, in seconds; 0 in a file. */
  latency: number;
  /**
   * From the publisher's camera to what is shown, in seconds, by both sides' clocks; `null` unless the publisher sends its own.
   */
  endToEndLatency: number | null;
  /** What latency is aimed at; stalls raise it for a while. */
  targetLatency: number;
  /** Buffered without a hole from what is shown on, in seconds. */
  bufferAhead: number;
  playbackRate: number;
  decodedFrames: number;
  droppedFrames: number;
  /** How often playback ran dry. */
  stalls: number;
  /** How long it stood still for that, in seconds. */
  stallSeconds: number;
  reconnects: number;
  /** How much of the last second the player's own code took, in milliseconds. */
  wasmMilliseconds: number;
}

/** Everything that the player says, told apart by `type`. */
export type PlayerEvent =
  | ({ type: "state" } & StateDetail)
  | { type: "streamtype"; streamType: StreamType }
  | ({ type: "tracks" } & TracksDetail)
  | ({ type: "metadata" } & MetadataDetail)
  | ({ type: "discontinuity" } & DiscontinuityDetail)
  | ({ type: "warning" } & WarningDetail)
  | { type: "error"; code: ErrorCode; category: ErrorCategory; fatal: boolean; message: string }
  | ({ type: "autoplayblocked" } & AutoplayBlockedDetail)
  | { type: "stats"; stats: PlayerStats };

/** The element's own events; those of `<video>` come besides. */
export interface FlvPlayerEventMap {
  statechange: CustomEvent<StateDetail>;
  streamtypechange: Event;
  tracks: CustomEvent<TracksDetail>;
  metadata: CustomEvent<MetadataDetail>;
  discontinuity: CustomEvent<DiscontinuityDetail>;
  warning: CustomEvent<WarningDetail>;
  error: CustomEvent<FlvPlayerError>;
  autoplayblocked: CustomEvent<AutoplayBlockedDetail>;
  stats: CustomEvent<PlayerStats>;
}
