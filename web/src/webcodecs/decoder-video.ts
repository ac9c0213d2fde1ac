/** Plays by WebCodecs: stands between the player and the page's `<video>`, which shows a `MediaStream`. */
import { DecoderSource } from "./decoder-source.js";

/** Whether this browser has the decoders. */
export const hasDecoders = (): boolean =>
  typeof VideoDecoder === "function" && typeof AudioDecoder === "function";

/** As much of a `<video>` as the player uses. */
export class DecoderVideo {
  /** The player makes its sources from this class. */
  readonly MediaSource = DecoderSource;
  readonly seeking = false;
  /** There is no buffer to play faster or slower. */
  playbackRate = 1;
  readonly #video: HTMLVideoElement;
  #source: DecoderSource | undefined;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  set srcObject(source: DecoderSource | null) {
    const video = this.#video;
    const isOurs = this.#source !== undefined && video.srcObject === this.#source.stream;
    this.#source?.close();
    this.#source = source ?? undefined;
    if (source === null) {
      if (isOurs) video.srcObject = null;
      return;
    }
    video.srcObject = source.stream;
    // As a browser does, not from within the call.
    queueMicrotask(() => {
      source.open();
    });
  }

  /** The picture leads; where there is none, the sound. */
  get #leading() {
    const tracks = this.#source?.tracks ?? [];
    return tracks.find((track) => track.isVideo) ?? tracks[0];
  }

  get currentTime(): number {
    return Math.max(this.#leading?.shown ?? 0, 0);
  }

  set currentTime(_seconds: number) {
    // What is late is left out as it comes: there is nowhere to go.
  }

  get buffered() {
    return this.#leading?.buffered ?? { length: 0, start: () => 0, end: () => 0 };
  }

  get paused(): boolean {
    return this.#video.paused;
  }

  get muted(): boolean {
    return this.#video.muted;
  }

  set muted(muted: boolean) {
    this.#video.muted = muted;
  }

  get error(): { message: string } | null {
    const message = this.#source?.error ?? null;
    return message === null ? null : { message };
  }

  getVideoPlaybackQuality() {
    const { decoded = 0, dropped = 0 } = this.#leading ?? {};
    return { totalVideoFrames: decoded, droppedVideoFrames: dropped };
  }

  async play(): Promise<void> {
    await this.#video.play();
  }

  addEventListener(type: string, listener: EventListener): void {
    this.#video.addEventListener(type, listener);
  }

  removeEventListener(type: string, listener: EventListener): void {
    this.#video.removeEventListener(type, listener);
  }
}
