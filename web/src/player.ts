import initWasm, { Player } from "../wasm/flvgate_player.js";
import type { PlayerEvent, PlayerStats } from "./events.js";

/** Where the player's WebAssembly comes from. */
export type WasmSource =
  string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module;

/** Options of a player; the defaults are in `wasm-player/src/player/options.rs`. Times are in seconds. */
export interface PlayerOptions {
  /** Play as soon as there is something; without sound if the browser wants it so. Default false. */
  autoplay?: boolean;
  /** Come back after a connection ended. Default true. */
  reconnect?: boolean;
  /** How far behind the live edge to play. Default: what suits the stream. */
  latencyTarget?: number;
  /** How much of the past stays buffered. Default 15. */
  backBuffer?: number;
  /** How long the server may take to answer. Default 10. */
  connectTimeout?: number;
  /** How long a connection may stay silent. Default 10. */
  idleTimeout?: number;
  /** Whether cookies go with HTTP requests. Default "same-origin". */
  credentials?: RequestCredentials;
  /** More headers of HTTP requests. */
  headers?: Record<string, string>;
}

let loading: Promise<unknown> | undefined;

/**
 * Loads the player's WebAssembly, once for the page. Players do it by themselves; call it first to have it loaded from
 * elsewhere than from beside this script.
 */
export async function init(wasm?: WasmSource): Promise<void> {
  loading ??= initWasm({
    module_or_path: wasm ?? new URL("flvgate_player_bg.wasm", import.meta.url),
  });
  try {
    await loading;
  } catch (error) {
    // The next call tries again.
    loading = undefined;
    throw error;
  }
}

/** Plays live FLV on a `<video>`, for pages that bring an element of their own. */
export class FlvPlayer {
  readonly #player: Player;
  #destroyed = false;

  private constructor(player: Player) {
    this.#player = player;
  }

  /** A player for that element, which tells `onEvent` everything. */
  static async create(
    video: HTMLVideoElement,
    options: PlayerOptions = {},
    onEvent: (event: PlayerEvent) => void = () => undefined,
  ): Promise<FlvPlayer> {
    await init();
    return new FlvPlayer(new Player(video, options, onEvent));
  }

  /** Plays a URL (`http:`, `https:`, `ws:`, `wss:`, or relative) in place of what played before. */
  load(url: string): void {
    if (!this.#destroyed) this.#player.load(url);
  }

  /** Closes the connection and takes the stream off the element. */
  stop(): void {
    if (!this.#destroyed) this.#player.stop();
  }

  /** Stops for good; nothing of the player is left in the page. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#player.destroy();
  }

  /** Goes to the live edge, as after a pause. */
  jumpToLive(): void {
    if (!this.#destroyed) this.#player.jumpToLive();
  }

  /** What is playing, and how well; `null` once destroyed. */
  get stats(): PlayerStats | null {
    return this.#destroyed ? null : (this.#player.stats() as PlayerStats);
  }

  /** Sets how far behind the live edge to play, in seconds; `undefined`: what suits the stream. */
  setLatencyTarget(seconds: number | undefined): void {
    if (!this.#destroyed) this.#player.setLatencyTarget(seconds);
  }

  /** Sets whether to come back after a connection ended. */
  setReconnect(reconnect: boolean): void {
    if (!this.#destroyed) this.#player.setReconnect(reconnect);
  }

  /** Sets whether the next load plays by itself. */
  setAutoplay(autoplay: boolean): void {
    if (!this.#destroyed) this.#player.setAutoplay(autoplay);
  }
}
