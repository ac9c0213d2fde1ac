/** On the page, a player that runs in the worker. */
import type { RecordedEvent } from "./capture.js";
import type { PlayerEvent, PlayerStats } from "./events.js";
import type { PageEventName } from "./page-events.js";
import type { PlayerOptions } from "./options.js";
import { tellBlocked } from "./policy.js";
import {
  VIDEO_EVENTS,
  type Call,
  type FromWorker,
  type ToWorker,
  type VideoState,
} from "./remote-messages.js";

/** The worker answers within milliseconds, unless something forbids it. */
const READY_WITHIN = 3000;

const players = new Map<number, RemotePlayer>();
let numbers = 0;
let starting: Promise<Worker> | undefined;

/** Whether this browser has MediaSource in workers, and lets a page show what comes of it. */
export function canUseWorker(): boolean {
  const scope = globalThis as { MediaSource?: { canConstructInDedicatedWorker?: boolean } };
  const { MediaSource: source } = scope;
  return typeof Worker === "function" && source?.canConstructInDedicatedWorker === true;
}

/** The page's worker. Rejects where it cannot be had: another origin's script, a Content-Security-Policy. */
export async function startWorker(module: WebAssembly.Module): Promise<Worker> {
  starting ??= start(module);
  return await starting;
}

async function start(module: WebAssembly.Module): Promise<Worker> {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  try {
    await new Promise<void>((resolve, reject) => {
      setTimeout(reject, READY_WITHIN, new Error("the worker does not answer"));
      worker.addEventListener("error", reject, { once: true });
      worker.addEventListener(
        "message",
        () => {
          resolve();
        },
        { once: true },
      );
      worker.postMessage({ type: "module", module } satisfies ToWorker);
    });
  } catch (error) {
    worker.terminate();
    throw error;
  }
  worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === "blocked") tellBlocked(data.address);
    else if (data.type !== "ready") players.get(data.player)?.hear(data);
  });
  return worker;
}

export class RemotePlayer {
  readonly #number = (numbers += 1);
  readonly #worker: Worker;
  readonly #video: HTMLVideoElement;
  readonly #onEvent: (event: PlayerEvent | RecordedEvent) => void;
  readonly #listening = new AbortController();
  #stats: PlayerStats | null = null;
  #handle: MediaProvider | null = null;
  #heard = 0;

  constructor(
    worker: Worker,
    video: HTMLVideoElement,
    options: PlayerOptions,
    onEvent: (event: PlayerEvent | RecordedEvent) => void,
  ) {
    this.#worker = worker;
    this.#video = video;
    this.#onEvent = onEvent;
    players.set(this.#number, this);
    const create = { player: this.#number, options, video: this.#state(), hidden: document.hidden };
    this.#post({ type: "create", ...create });
    for (const event of VIDEO_EVENTS) {
      const tell = () => {
        this.#post({ type: "video", player: this.#number, event, video: this.#state() });
      };
      video.addEventListener(event, tell, { signal: this.#listening.signal });
    }
  }

  load(url: string): void {
    // The worker's own address is another one than the page's.
    this.#call("load", URL.canParse(url, document.baseURI) ? new URL(url, document.baseURI).href : url);
  }

  destroy(): void {
    this.#call("destroy");
    players.delete(this.#number);
    this.#listening.abort();
    this.#attach(null, false);
    this.#video.playbackRate = 1;
  }

  jumpToLive(): void {
    this.#call("jumpToLive");
  }

  setLatencyTarget(seconds: number | undefined): void {
    this.#call("setLatencyTarget", seconds);
  }

  setReconnect(reconnect: boolean): void {
    this.#call("setReconnect", reconnect);
  }

  setAutoplay(autoplay: boolean): void {
    this.#call("setAutoplay", autoplay);
  }

  record(): void {
    this.#call("record");
  }

  stopRecording(): void {
    this.#call("stopRecording");
  }

  /** What the worker last said; asking has it say it anew. */
  stats(): PlayerStats | null {
    this.#call("stats");
    return this.#stats;
  }

  tick(): void {
    this.#post({ type: "tick", player: this.#number, video: this.#state() });
  }

  handlePageEvent(name: PageEventName, hidden: boolean): void {
    this.#post({ type: "page", player: this.#number, name, hidden });
  }

  /** Does what the worker says. */
  hear(message: Exclude<FromWorker, { type: "ready" | "blocked" }>): void {
    switch (message.type) {
      case "event":
        if (message.event.type === "stats") this.#stats = message.event.stats;
        this.#onEvent(message.event);
        break;
      case "stats":
        this.#stats = message.stats;
        break;
      case "set":
        this.#heard += 1;
        Object.assign(this.#video, { [message.name]: message.value });
        break;
      case "attach":
        this.#attach(message.handle, message.managed);
        break;
      case "play":
        void this.#play();
        break;
    }
  }

  async #play(): Promise<void> {
    let error: string | null = null;
    try {
      await this.#video.play();
    } catch (thrown) {
      error = thrown instanceof DOMException ? thrown.name : "Error";
    }
    this.#post({ type: "played", player: this.#number, error });
  }

  #attach(handle: MediaProvider | null, managed: boolean): void {
    const video = this.#video;
    // Only if nothing else was put there meanwhile.
    const isOurs = this.#handle !== null && video.srcObject === this.#handle;
    this.#handle = handle;
    if (handle === null && !isOurs) return;
    // Without an AirPlay alternative it opens only if remote playback is given up.
    if (managed) video.disableRemotePlayback = true;
    video.srcObject = handle;
  }

  #state(): VideoState {
    const { currentTime, playbackRate, paused, seeking, ended, muted, error } = this.#video;
    const { totalVideoFrames, droppedVideoFrames } = this.#video.getVideoPlaybackQuality();
    return {
      ...{ heard: this.#heard, currentTime, playbackRate, paused, seeking, ended, muted },
      ...{ error: error?.message ?? null, totalVideoFrames, droppedVideoFrames },
    };
  }

  #call(method: Call, value?: unknown): void {
    this.#post({ type: "call", player: this.#number, method, value });
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
