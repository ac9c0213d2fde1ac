import type { RecordOptions, Recording } from "./capture.js";
import { FlvPlayerError } from "./errors.js";
import type { FlvPlayerEventMap, PlayerEvent, PlayerStats, StreamState, StreamType } from "./events.js";
import { FORWARDED_ATTRIBUTES, MediaElement } from "./media-element.js";
import { Player, type PlayerOptions } from "./player.js";

/** Everything that the engine says. */
const PLAYER_EVENTS = [
  "state",
  "streamtype",
  "tracks",
  "metadata",
  "discontinuity",
  "warning",
  "error",
  "autoplayblocked",
  "stats",
] as const satisfies readonly PlayerEvent["type"][];

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
 * `<flv-player src="...">`: a `<video>` for live FLV over HTTP or WebSocket, and for FLV files.
 *
 * It has the attributes, properties, methods and events of `<video>`, and besides:
 *
 * - `latency-target`: how many seconds behind the live edge to play; without it, what suits the stream
 * - `stream-type="live"` or `"on-demand"`: what the URL is; without it, a file if the server's answer has a length
 * - `reconnect="false"`: end with the connection, instead of coming back
 * - `mode="webcodecs"`: the least latency, by the browser's decoders; counts from the next load on
 * - `worker="false"`: run on the page's thread; counts from the next load on
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
    "stream-type",
  ];

  /** The engine that plays, for what the element has no attribute or event for. */
  readonly api = new Player();
  #streamType: StreamType | undefined;
  #options: PlayerOptions = {};
  #loadIsPlanned = false;

  constructor() {
    super();
    for (const type of PLAYER_EVENTS) {
      this.api.on(type, (event) => {
        this.#tell(event);
      });
    }
  }

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

  /** By what it plays; counts from the next load on. */
  get mode(): "mse" | "webcodecs" {
    return this.getAttribute("mode") === "webcodecs" ? "webcodecs" : "mse";
  }

  set mode(mode: "mse" | "webcodecs") {
    this.setAttribute("mode", mode);
  }

  /** Whether to run in a worker where that is possible; counts from the next load on. */
  get worker(): boolean {
    return this.getAttribute("worker") !== "false";
  }

  set worker(worker: boolean) {
    this.setAttribute("worker", String(worker));
  }

  /** What kind of stream this is: what it has turned out to be, else what is expected (`live` or `on-demand`). */
  get streamType(): StreamType {
    return this.#streamType ?? (this.getAttribute("stream-type") === "on-demand" ? "on-demand" : "live");
  }

  set streamType(type: StreamType) {
    this.setAttribute("stream-type", type);
  }

  /** For control bars: a live stream has no window to seek in. */
  get targetLiveWindow(): number {
    return this.streamType === "live" ? 0 : Number.NaN;
  }

  /** Options that have no attribute; they count from the next load on. */
  get config(): PlayerOptions {
    return this.#options;
  }

  set config(options: PlayerOptions) {
    this.#options = options;
  }

  /** The same as `config`. */
  get options(): PlayerOptions {
    return this.#options;
  }

  set options(options: PlayerOptions) {
    this.#options = options;
  }

  /** Where the player is with its stream. */
  get state(): StreamState {
    return this.api.state;
  }

  /** What is playing, and how well; `null` before anything was loaded. */
  get stats(): PlayerStats | null {
    return this.api.stats;
  }

  /** The fatal error that ended playback, if one did. */
  get error(): FlvPlayerError | null {
    return this.api.error;
  }

  /** For control bars: from here on, in seconds, the playhead counts as live. */
  get liveEdgeStart(): number {
    const { seekable } = this;
    return seekable.length === 0 || this.streamType !== "live"
      ? Number.NaN
      : seekable.end(seekable.length - 1) - 3;
  }

  /** Starts over with the present `src` and options. */
  load(): void {
    if (this.src === "") {
      this.stop();
      return;
    }
    this.api.options = {
      ...this.#options,
      autoplay: this.autoplay,
      reconnect: this.reconnect,
      ...(this.worker ? {} : { worker: false }),
      ...(this.mode === "webcodecs" ? { mode: this.mode } : {}),
      ...(this.latencyTarget === null ? {} : { latencyTarget: this.latencyTarget }),
      ...(this.hasAttribute("stream-type") && { live: this.getAttribute("stream-type") === "live" }),
    };
    this.#streamType = undefined;
    this.api.attach(this.video).load(this.src);
  }

  /** Plays, a live stream from its edge; connects first if that has not happened yet. */
  async play(): Promise<void> {
    const { state } = this;
    const isDown = state === "idle" || state === "failed" || state === "ended";
    if (isDown) this.load();
    else this.api.jumpToLive();
    await this.video.play();
  }

  /** Goes to the live edge. */
  jumpToLive(): void {
    this.api.jumpToLive();
  }

  /** See {@link Player.snapshot}. */
  snapshot(type?: string, quality?: number): Promise<Blob> {
    return this.api.snapshot(type, quality);
  }

  /** See {@link Player.record}. */
  record(options?: RecordOptions): Recording {
    return this.api.record(options);
  }

  /** Closes the connection and forgets the stream; `load()` or `play()` begins again. */
  stop(): void {
    this.api.stop();
  }

  protected override videoChanged(): void {
    if (this.api.url !== "") this.api.attach(this.video);
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
      this.api.setLatencyTarget(this.latencyTarget ?? undefined);
    } else if (name === "reconnect") {
      this.api.setReconnect(this.reconnect);
    } else if (name === "autoplay") {
      this.api.setAutoplay(this.autoplay);
      if (value !== null) this.#planLoad();
    }
  }

  /** Properties that were set before the class was known hide its own; sets them again. */
  #upgradeProperties(): void {
    for (const name of Object.keys(this)) {
      if (!(name in FlvPlayerElement.prototype)) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  /** Loads once all attributes of this moment are set, if that is wanted without a play. */
  #planLoad(): void {
    if (this.#loadIsPlanned) return;
    this.#loadIsPlanned = true;
    queueMicrotask(() => {
      this.#loadIsPlanned = false;
      const wanted = this.autoplay || this.preload !== "none";
      if (wanted && this.isConnected && this.src !== "" && this.state === "idle") this.load();
    });
  }

  #tell(event: PlayerEvent): void {
    if (event.type === "error") {
      const error = event.fatal && this.error ? this.error : new FlvPlayerError(event);
      this.dispatchEvent(new CustomEvent("error", { detail: error }));
    } else if (event.type === "streamtype") {
      this.#streamType = event.streamType;
      this.dispatchEvent(new Event("streamtypechange"));
    } else if (event.type === "stats") {
      this.dispatchEvent(new CustomEvent("stats", { detail: event.stats }));
    } else {
      const { type, ...detail } = event;
      this.dispatchEvent(new CustomEvent(type === "state" ? "statechange" : type, { detail }));
    }
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
