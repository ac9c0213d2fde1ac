/** Options of a player; the defaults are in `wasm-player/src/player/options.rs`. Times are in seconds. */
export interface PlayerOptions {
  /** Play as soon as there is something; without sound if the browser wants it so. Default false. */
  autoplay?: boolean;
  /** Come back after a connection ended. Default true. */
  reconnect?: boolean;
  /** How far behind the live edge to play. Default: what suits the stream. */
  latencyTarget?: number;
  /** Whether the URL is a live stream; if not, it is a file. Default: a file if the server's answer has a length. */
  live?: boolean;
  /** How much of the past stays buffered. Default 15. */
  backBuffer?: number;
  /** The id of the video track to play, of a stream that has several (E-RTMP multitrack); the lowest if not given. */
  videoTrack?: number;
  /** The id of the audio track to play; the lowest if not given. */
  audioTrack?: number;
  /** How long the server may take to answer. Default 10. */
  connectTimeout?: number;
  /** How long a connection may stay silent. Default 10. */
  idleTimeout?: number;
  /** Whether cookies go with HTTP requests. Default "same-origin". */
  credentials?: RequestCredentials;
  /** More headers of HTTP requests. */
  headers?: Record<string, string>;
  /**
   * "mse": Media Source Extensions. "webcodecs": the browser's decoders themselves, frame by frame, for the least latency,
   * on the page's thread; there is no buffer then, so what comes late is seen late. Default "mse".
   */
  mode?: "mse" | "webcodecs";
  /**
   * Run in a worker, so that a busy page does not disturb playback, where the browser can and the script comes from the
   * page's own origin; otherwise on the page's thread. Default true.
   */
  worker?: boolean;
}
