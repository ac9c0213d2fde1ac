import { FlvPlayerError } from "./errors.js";
import type { FlvPlayerEventMap, PlayerEvent, PlayerStats, StreamState } from "./events.js";
import { FORWARDED_ATTRIBUTES, MediaElement } from "./media-element.js";
import { FlvPlayer, type PlayerOptions } from "./player.js";

type Listener<E extends Event> = (this: FlvPlayerElement, event: E) => unknown;

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- only types of what EventTarget does.
export interface FlvPlayerElement {
  addEventListener<T extends keyof FlvPlayerEventMap>(
    type: T,
    listener: Listener<FlvPlayerEventMap[T]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<T extends Exclude<keyof HTMLVideoElementEventMap, keyof FlvPlayerEventMap>>(
    type: T,
    listener: Listener<HTMLVideoElementEventMap[T]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<T extends keyof FlvPlayerEventMap>(
    type: T,
    listener: Listener<FlvPlayerEventMap[T]>,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

/**
 * `<flv-player src="...">`: a `<video>` for live FLV over HTTP or WebSocket.
 *
 * It has the attributes, properties, methods and events of `<video>`, and besides:
 *
 * - `latency-target`: how many seconds behind the live edge to play; without it, what suits the stream
 * - `reconnect="false"`: end with the connection, instead of coming back
 * - the events of {@link FlvPlayerEventMap}
 *
 * Its `<video>` is the shadow part `video`.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- as above.
export class FlvPlayerElement extends MediaElement {
  static readonly observedAttributes = [
    ...FORWARDED_ATTRIBUTES,
    "autoplay",
    "latency-target",
    "reconnect",
    "src",
  ];

  /** For control bars that ask what kind of stream this is: always live. */
  readonly streamType = "live";
  /** For control bars: there is no window to seek in. */
  readonly targetLiveWindow = 0;

  #player: FlvPlayer | undefined;
  #state: StreamState = "idle";
  #error: FlvPlayerError | null = null;
  #options: PlayerOptions = {};
  /** Each load, and each end of one, outdates what an earlier one is still waiting for. */
  #generation = 0;
  #loadIsPlanned = false;

  /** The stream's URL: `http:`, `https:`, `ws:`, `wss:`, or relative to the page. */
  get src(): string {
    return this.getAttribute("src") ?? "";
  }

  set src(url: string) {
    this.setAttribute("src", url);
  }

  /** How many seconds behind the live edge to play; `null`: what suits the stream. */
  get latencyTarget(): number | null {
    const seconds = Number.parseFloat(this.getAttribute("latency-target") ?? "");
    return seconds > 0 ? seconds : null;
  }

  set latencyTarget(seconds: number | null) {
    if (seconds === null) this.removeAttribute("latency-target");
    else this.setAttribute("latency-target", String(seconds));
  }

  /** Whether to come back after a connection ended. */
  get reconnect(): boolean {
    return this.getAttribute("reconnect") !== "false";
  }

  set reconnect(reconnect: boolean) {
    this.setAttribute("reconnect", String(reconnect));
  }

  /** Options that have no attribute; they count from the next load on. */
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

  /** What is playing, and how well; `null` before anything was loaded. */
  get stats(): PlayerStats | null {
    return this.#player?.stats ?? null;
  }

  /** The fatal error that ended playback, if one did. */
  get error(): FlvPlayerError | null {
    return this.#error;
  }

  /** For control bars: from here on, in seconds, the playhead counts as live. */
  get liveEdgeStart(): number {
    const { seekable } = this;
    return seekable.length === 0 ? Number.NaN : seekable.end(seekable.length - 1) - 3;
  }

  /** Starts over with the present `src` and options. */
  load(): void {
    void this.#load();
  }

  /** Plays, from the live edge; connects first if that has not happened yet. */
  async play(): Promise<void> {
    const isDown = this.#state === "idle" || this.#state === "failed" || this.#state === "ended";
    if (isDown && this.src !== "") await this.#load();
    else this.#player?.jumpToLive();
    await this.video.play();
  }

  /** Goes to the live edge. */
  jumpToLive(): void {
    this.#player?.jumpToLive();
  }

  /** Closes the connection and forgets the stream; `load()` or `play()` begins again. */
  stop(): void {
    this.#generation += 1;
    this.#player?.destroy();
    this.#player = undefined;
    this.#setState({ type: "state", state: "idle", attempt: 0, retryIn: 0 });
  }

  connectedCallback(): void {
    this.#upgradeProperties();
    this.#planLoad();
  }

  disconnectedCallback(): void {
    // Moved within the page is not removed from it.
    queueMicrotask(() => {
      if (!this.isConnected) this.stop();
    });
  }

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    super.attributeChangedCallback(name, old, value);
    if (name === "src" && old !== value) {
      if (value === null || value === "") this.stop();
      else if (this.isConnected) {
        this.stop();
        this.#planLoad();
      }
    } else if (name === "latency-target") {
      this.#player?.setLatencyTarget(this.latencyTarget ?? undefined);
    } else if (name === "reconnect") {
      this.#player?.setReconnect(this.reconnect);
    } else if (name === "autoplay") {
      this.#player?.setAutoplay(this.autoplay);
      if (value !== null) this.#planLoad();
    }
  }

  /** Properties that were set before the class was known hide its own; sets them again. */
  #upgradeProperties(): void {
    for (const name of [
      "src",
      "latencyTarget",
      "reconnect",
      "options",
      "autoplay",
      "muted",
      "poster",
    ] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const loose = this as Record<string, unknown>;
      const value = loose[name];
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- it is the instance's own, over the accessor.
      delete loose[name];
      loose[name] = value;
    }
  }

  /** Loads once all attributes of this moment are set, if that is wanted without a play. */
  #planLoad(): void {
    if (this.#loadIsPlanned) return;
    this.#loadIsPlanned = true;
    queueMicrotask(() => {
      this.#loadIsPlanned = false;
      const wanted = this.autoplay || this.preload !== "none";
      if (wanted && this.isConnected && this.src !== "" && this.#state === "idle") void this.#load();
    });
  }

  async #load(): Promise<void> {
    this.stop();
    const generation = this.#generation;
    const url = this.src;
    if (url === "") return;
    this.#error = null;
    this.#setState({ type: "state", state: "connecting", attempt: 0, retryIn: 0 });
    const options: PlayerOptions = {
      ...this.#options,
      autoplay: this.autoplay,
      reconnect: this.reconnect,
      ...(this.latencyTarget === null ? {} : { latencyTarget: this.latencyTarget }),
    };
    let player: FlvPlayer;
    try {
      player = await FlvPlayer.create(this.video, options, (event) => {
        if (generation === this.#generation) this.#tell(event);
      });
    } catch (cause) {
      if (generation === this.#generation) this.#failToInitialise(cause);
      return;
    }
    if (generation !== this.#generation) {
      player.destroy();
      return;
    }
    this.#player = player;
    player.load(url);
  }

  #failToInitialise(cause: unknown): void {
    const message = `the player's WebAssembly did not load: ${cause instanceof Error ? cause.message : String(cause)}`;
    this.#setState({ type: "state", state: "failed", attempt: 0, retryIn: 0 });
    this.#fail(new FlvPlayerError({ code: "wasm", category: "other", fatal: true, message }, { cause }));
  }

  #tell(event: PlayerEvent): void {
    switch (event.type) {
      case "state":
        this.#setState(event);
        break;
      case "error":
        this.#fail(new FlvPlayerError(event));
        break;
      case "stats":
        this.dispatchEvent(new CustomEvent("stats", { detail: event.stats }));
        break;
      default: {
        const { type, ...detail } = event;
        this.dispatchEvent(new CustomEvent(type, { detail }));
      }
    }
  }

  #fail(error: FlvPlayerError): void {
    if (error.fatal) this.#error = error;
    this.dispatchEvent(new CustomEvent("error", { detail: error }));
  }

  #setState({ state, attempt, retryIn }: Extract<PlayerEvent, { type: "state" }>): void {
    if (state === this.#state && state !== "reconnecting") return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("statechange", { detail: { state, attempt, retryIn } }));
  }
}

/** Makes `<flv-player>` (or another name) known to the page; does nothing where it is known, or where there is no page. */
export function defineFlvPlayer(name = "flv-player"): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  if (!registry || registry.get(name)) return;
  // A class can be registered under one name only.
  registry.define(name, name === "flv-player" ? FlvPlayerElement : class extends FlvPlayerElement {});
}

declare global {
  interface HTMLElementTagNameMap {
    "flv-player": FlvPlayerElement;
  }
}
