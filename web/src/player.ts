/** The engine: plays live FLV on a `<video>` of the page's own. */
import {
  makeRecording,
  takeSnapshot,
  type RecordedEvent,
  type RecordOptions,
  type Recorder,
  type Recording,
} from "./capture.js";
import { FlvPlayerError, type ErrorCategory, type ErrorCode } from "./errors.js";
import type { PlayerEvent, PlayerStats, StreamState } from "./events.js";
import type { PlayerOptions } from "./options.js";
import { watchPage } from "./page-events.js";
import { watchPolicy } from "./policy.js";
import { prepare, type Running } from "./running.js";
import { wasmModule, type WasmSource } from "./wasm-module.js";

export type { PlayerOptions, WasmSource };

/** What a listener for events of one type gets. */
export type PlayerEventOf<T extends PlayerEvent["type"]> = Extract<PlayerEvent, { type: T }>;

/**
 * Loads the player's WebAssembly, once for the page. Players do it by themselves; call it first to have it loaded from
 * elsewhere than from beside this script, or earlier.
 */
export async function init(source?: WasmSource | { module_or_path: WasmSource }): Promise<void> {
  await wasmModule(isWrapped(source) ? source.module_or_path : source);
}

function isWrapped(source: unknown): source is { module_or_path: WasmSource } {
  return typeof source === "object" && source !== null && "module_or_path" in source;
}

/** Whether this browser has what the player needs. */
export function isSupported(): boolean {
  const scope = globalThis as { MediaSource?: unknown; ManagedMediaSource?: unknown };
  return typeof WebAssembly === "object" && Boolean(scope.MediaSource ?? scope.ManagedMediaSource);
}

/** Plays live FLV on a `<video>`: `new Player().attach(video).load(url)`. */
export class Player {
  /** See {@link isSupported}. */
  static readonly isSupported = isSupported;

  #running: Running | undefined;
  #endWatch: (() => void) | undefined;
  #video: HTMLVideoElement | undefined;
  #url = "";
  #options: PlayerOptions;
  #state: StreamState = "idle";
  #error: FlvPlayerError | null = null;
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  #recorder: Recorder | undefined;
  /** Each load, and each end of one, outdates what an earlier one is still waiting for. */
  #generation = 0;

  constructor(options: PlayerOptions = {}) {
    this.#options = options;
  }

  /** The element that it plays on. */
  get video(): HTMLVideoElement | undefined {
    return this.#video;
  }

  /** What was loaded last; empty before. */
  get url(): string {
    return this.#url;
  }

  /** The options; new ones count from the next load on. */
  get options(): PlayerOptions {
    return this.#options;
  }

  set options(options: PlayerOptions) {
    this.#options = options;
  }

  /** Where the player is with its stream. */
  get state(): StreamState {
    return this.#state;
  }

  /** The fatal error that ended playback, if one did. */
  get error(): FlvPlayerError | null {
    return this.#error;
  }

  /** What is playing, and how well; `null` before anything was loaded. */
  get stats(): PlayerStats | null {
    return (this.#running?.stats() as PlayerStats | undefined) ?? null;
  }

  /** From the newest that is buffered back to what is shown, in seconds; 0 while nothing is. */
  get latency(): number {
    return this.stats?.latency ?? 0;
  }

  /** What latency is aimed at now, in seconds; stalls raise it for a while. */
  get targetLatency(): number {
    return this.stats?.targetLatency ?? this.#options.latencyTarget ?? 0;
  }

  /** Plays on that element from now on; what is loaded goes with it. */
  attach(video: HTMLVideoElement): this {
    if (this.#video === video) return this;
    this.detach();
    this.#video = video;
    if (this.#url !== "" && this.#state === "idle") this.load(this.#url);
    return this;
  }

  /** Lets go of the element, and of the connection. */
  detach(): this {
    const url = this.#url;
    this.stop();
    this.#url = url;
    this.#video = undefined;
    return this;
  }

  /** Plays a URL (`http:`, `https:`, `ws:`, `wss:`, or relative) in place of what played before. */
  load(url: string): this {
    this.stop();
    this.#url = url;
    this.#error = null;
    if (this.#video && url !== "") void this.#start(this.#video);
    return this;
  }

  /** Plays, from the live edge; loads again if the stream had ended. */
  async play(): Promise<void> {
    const isDown = this.#state === "idle" || this.#state === "failed" || this.#state === "ended";
    if (isDown && this.#url !== "") this.load(this.#url);
    else this.jumpToLive();
    await this.#video?.play();
  }

  /** Closes the connection and takes the stream off the element. */
  stop(): this {
    this.#end();
    this.#url = "";
    this.#setState("idle");
    return this;
  }

  /** Stops for good; nothing of the player is left in the page. */
  destroy(): void {
    this.detach();
    this.#url = "";
    this.#listeners.clear();
  }

  /** Goes to the live edge, as after a pause. */
  jumpToLive(): void {
    this.#running?.jumpToLive();
  }

  /** Sets how far behind the live edge to play, in seconds; `undefined`: what suits the stream. */
  setLatencyTarget(seconds: number | undefined): void {
    this.#options = { ...this.#options };
    delete this.#options.latencyTarget;
    if (seconds !== undefined) this.#options.latencyTarget = seconds;
    this.#running?.setLatencyTarget(seconds);
  }

  /** Sets whether to come back after a connection ended. */
  setReconnect(reconnect: boolean): void {
    this.#options = { ...this.#options, reconnect };
    this.#running?.setReconnect(reconnect);
  }

  /** Sets whether the next load plays by itself. */
  setAutoplay(autoplay: boolean): void {
    this.#options = { ...this.#options, autoplay };
    this.#running?.setAutoplay(autoplay);
  }

  /** The frame that is shown, as a file: PNG, or another type that the browser writes, with a quality from 0 to 1. */
  snapshot(type?: string, quality?: number): Promise<Blob> {
    return takeSnapshot(this.#video, type, quality);
  }

  /**
   * Saves what comes in from the next keyframe on as fragmented MP4, as it is, with both tracks. There is one recording at a
   * time; it ends by itself when the player stops, or when the tracks or their codecs' configurations change.
   */
  record(options: RecordOptions = {}): Recording {
    this.#recorder?.(null);
    const [recording, recorder] = makeRecording(options, () => {
      if (this.#recorder === recorder) this.#running?.stopRecording();
    });
    this.#recorder = recorder;
    if (this.#running) this.#running.record();
    else recorder(null);
    return recording;
  }

  /** Calls `listener` for each event of that type. */
  on<T extends PlayerEvent["type"]>(type: T, listener: (event: PlayerEventOf<T>) => void): this {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return this;
  }

  /** Stops calling it. */
  off<T extends PlayerEvent["type"]>(type: T, listener: (event: PlayerEventOf<T>) => void): this {
    this.#listeners.get(type)?.delete(listener);
    return this;
  }

  async #start(video: HTMLVideoElement): Promise<void> {
    const generation = this.#generation;
    const isCurrent = () => generation === this.#generation;
    this.#setState("connecting");
    const options = this.#options;
    const tell = (event: PlayerEvent | RecordedEvent) => {
      if (event.type === "recorded") this.#recorder?.(event.data);
      else if (isCurrent()) this.#tell(event);
    };
    let make: () => Running;
    try {
      make = await prepare(video, options, tell);
    } catch (cause) {
      if (isCurrent()) this.#failToInitialise(cause);
      return;
    }
    if (!isCurrent()) return;
    const running = (this.#running = make());
    const ends = [
      watchPage(running),
      watchPolicy((address) => {
        this.#handleBlocked(address);
      }),
    ];
    this.#endWatch = () => {
      for (const end of ends) end();
    };
    running.load(this.#url);
  }

  #end(): void {
    this.#generation += 1;
    this.#endWatch?.();
    this.#endWatch = undefined;
    this.#running?.destroy();
    this.#running = undefined;
    this.#recorder?.(null);
  }

  /** A Content-Security-Policy forbids a connection: this player's, or another script's. */
  #handleBlocked(address: string): void {
    const isTrying = this.#state === "connecting" || this.#state === "reconnecting";
    if (!isTrying || address === "" || !URL.canParse(this.#url, document.baseURI)) return;
    const { href, origin } = new URL(this.#url, document.baseURI);
    if (!href.startsWith(address)) return;
    this.#end();
    const message = `a Content-Security-Policy, the page's or the worker's, forbids the connection: it needs \`connect-src ${origin}\``;
    this.#fail("connection-blocked", "network", message);
  }

  #fail(code: ErrorCode, category: ErrorCategory, message: string): void {
    this.#setState("failed");
    this.#tell({ type: "error", code, category, fatal: true, message });
  }

  #failToInitialise(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const blocked = cause instanceof WebAssembly.CompileError && reason.includes("Content Security Policy");
    const hint = blocked ? " (the page's Content-Security-Policy needs `script-src 'wasm-unsafe-eval'`)" : "";
    this.#fail("wasm", "other", `the player's WebAssembly did not load: ${reason}${hint}`);
  }

  #tell(event: PlayerEvent): void {
    if (event.type === "state") {
      const isNews = event.state !== this.#state || event.state === "reconnecting";
      this.#state = event.state;
      if (!isNews) return;
    }
    if (event.type === "error" && event.fatal) this.#error = new FlvPlayerError(event);
    // A listener may add and remove others.
    for (const listener of [...(this.#listeners.get(event.type) ?? [])]) {
      try {
        (listener as (event: PlayerEvent) => void)(event);
      } catch (error) {
        // As with events of the DOM: one listener's mistake is not the others'.
        reportError(error);
      }
    }
  }

  #setState(state: StreamState): void {
    this.#tell({ type: "state", state, attempt: 0, retryIn: 0 });
  }
}
