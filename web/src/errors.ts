/** Where an error comes from. */
export type ErrorCategory = "network" | "media" | "other";

/** What went wrong. */
export type ErrorCode =
  /** The connection failed; browsers do not tell network, TLS and CORS failures apart. */
  | "network"
  | "connect-timeout"
  | "idle-timeout"
  /** The server answered 401 or 403. */
  | "refused"
  /** There is no such stream (only with `reconnect` off; else the player waits for it). */
  | "stream-not-found"
  | "stream-ended"
  /** The server cut the connection because the viewer did not keep up. */
  | "too-slow"
  | "http-status"
  | "websocket-closed"
  | "invalid-url"
  /** What came is not FLV. */
  | "format"
  | "codec-unsupported"
  /** The browser could not parse or decode the stream. */
  | "media"
  | "media-source-unsupported"
  /** A Content-Security-Policy lacks the stream's origin in `connect-src`. */
  | "connection-blocked"
  /** Most often the page's Content-Security-Policy lacks `media-src blob:`. */
  | "media-source-blocked"
  /** The player's WebAssembly did not load. */
  | "wasm";

/** An error, as the `error` event's `detail` and the element's `error` property. */
export class FlvPlayerError extends Error {
  override readonly name = "FlvPlayerError";
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  /** Playback is over until the next load; otherwise the player is getting over it. */
  readonly fatal: boolean;

  constructor(
    fact: { code: ErrorCode; category: ErrorCategory; fatal: boolean; message: string },
    options?: ErrorOptions,
  ) {
    super(fact.message, options);
    this.code = fact.code;
    this.category = fact.category;
    this.fatal = fact.fatal;
  }
}
