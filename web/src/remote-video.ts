/** In the worker, what stands for the page's `<video>`: as much of it as the player uses. */
import type { FromWorker, VideoState } from "./remote-messages.js";

type Post = (message: FromWorker, transfer?: Transferable[]) => void;

/** Ranges that are in all of those: what an element says of its source's buffers. */
function intersection(all: readonly TimeRanges[]): [number, number][] {
  const list = (ranges: TimeRanges) =>
    Array.from({ length: ranges.length }, (_, index): [number, number] => [
      ranges.start(index),
      ranges.end(index),
    ]);
  const [first, ...others] = all.map(list);
  return others.reduce(
    (left, right) =>
      left.flatMap(([start, end]) =>
        right
          .map(([from, to]): [number, number] => [Math.max(start, from), Math.min(end, to)])
          .filter(([from, to]) => from < to),
      ),
    first ?? [],
  );
}

export class RemoteVideo extends EventTarget {
  /** The player gives it its source. */
  mediaSource: MediaSource | undefined;
  readonly #player: number;
  readonly #post: Post;
  #state: VideoState;
  /** Messages about the element that were sent; the page says how many of them it has done. */
  #said = 0;
  #waiting: ((error: string | null) => void)[] = [];

  constructor(player: number, state: VideoState, post: Post) {
    super();
    this.#player = player;
    this.#state = state;
    this.#post = post;
  }

  /** Takes what the page says of its element, unless that is older than what was asked of it meanwhile. */
  update(state: VideoState): void {
    const { currentTime, playbackRate, seeking, muted } = this.#state;
    this.#state = state.heard < this.#said ? { ...state, currentTime, playbackRate, seeking, muted } : state;
  }

  get currentTime(): number {
    return this.#state.currentTime;
  }

  set currentTime(time: number) {
    this.#state.seeking = true;
    this.#set("currentTime", time);
  }

  get playbackRate(): number {
    return this.#state.playbackRate;
  }

  set playbackRate(rate: number) {
    this.#set("playbackRate", rate);
  }

  get muted(): boolean {
    return this.#state.muted;
  }

  set muted(muted: boolean) {
    this.#set("muted", muted);
  }

  get paused(): boolean {
    return this.#state.paused;
  }

  get seeking(): boolean {
    return this.#state.seeking;
  }

  get ended(): boolean {
    return this.#state.ended;
  }

  get error(): { message: string } | null {
    return this.#state.error === null ? null : { message: this.#state.error };
  }

  get buffered(): Pick<TimeRanges, "length" | "start" | "end"> {
    const source = this.mediaSource;
    const buffers = source?.readyState === "closed" ? [] : [...(source?.activeSourceBuffers ?? [])];
    const ranges = intersection(buffers.map((buffer) => buffer.buffered));
    const at = (index: number, side: 0 | 1) => ranges[index]?.[side] ?? Number.NaN;
    return { length: ranges.length, start: (index) => at(index, 0), end: (index) => at(index, 1) };
  }

  set srcObject(handle: (MediaProvider & Transferable) | null) {
    if (handle === null) this.mediaSource = undefined;
    const managed = handle !== null && !("MediaSource" in globalThis);
    this.#post({ type: "attach", player: this.#player, handle, managed }, handle === null ? [] : [handle]);
  }

  getVideoPlaybackQuality(): Pick<VideoPlaybackQuality, "totalVideoFrames" | "droppedVideoFrames"> {
    return this.#state;
  }

  async play(): Promise<void> {
    this.#post({ type: "play", player: this.#player });
    const error = await new Promise<string | null>((resolve) => this.#waiting.push(resolve));
    if (error !== null) throw new DOMException("the page's video did not play", error);
  }

  /** The page has played its element, or has not for an error of that name. */
  played(error: string | null): void {
    this.#waiting.shift()?.(error);
  }

  #set(name: "currentTime" | "playbackRate" | "muted", value: number | boolean): void {
    Object.assign(this.#state, { [name]: value });
    this.#said += 1;
    this.#post({ type: "set", player: this.#player, name, value });
  }
}
