/** What a page's video shows, frame by frame. The functions of this file's first half run in the page. */
import { until } from "./until.mjs";

/** Notes each frame that `video` presents in `globalThis.shown`: when, its media time, its marker, and a sum of its moving part. */
function noteFrames(video) {
  const [width, height] = [320, 180];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  globalThis.shown ??= [];
  globalThis.colourAt = (x, y) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
  const note = (_now, { mediaTime }) => {
    context.drawImage(video, 0, 0, width, height);
    const moving = context.getImageData(112, 126, 96, 48).data;
    let sum = 0;
    for (let index = 0; index < moving.length; index += 4) sum = (sum * 31 + moving[index]) % 1_000_003;
    const at = performance.timeOrigin + performance.now();
    globalThis.shown.push({ at, mediaTime, marker: globalThis.colourAt(24, 160), sum });
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}

function readState(video) {
  return {
    currentTime: video.currentTime,
    paused: video.paused,
    error: video.error?.message ?? null,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    audioBytes: video.webkitAudioDecodedByteCount,
    width: video.videoWidth,
    shown: globalThis.shown?.length ?? 0,
  };
}

/** How far a colour may be off in each of red, green and blue. */
const TOLERANCE = 48;

/** Whether two colours are the same but for the codec's and the conversion's loss. */
export function isColour(colour, expected) {
  return colour.every((value, index) => Math.abs(value - expected[index]) <= TOLERANCE);
}

/** The top of ffmpeg's SMPTE bars, from left to right. */
export const BARS = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
];

/** The video of a page: its frames and its state. */
export class Watch {
  #page;
  #video;

  constructor(page, video) {
    this.#page = page;
    this.#video = video;
  }

  /** Starts to watch the video of the page's player, or another one that `find` finds in the page. */
  static async start(page, find = () => document.querySelector("flv-player")?.video) {
    const video = await page.waitForFunction(find);
    await video.evaluate(noteFrames);
    return new Watch(page, video);
  }

  async state() {
    return await this.#video.evaluate(readState);
  }

  /** All frames that were shown so far, from the one with that index on. */
  async frames(from = 0) {
    return await this.#page.evaluate((first) => globalThis.shown.slice(first), from);
  }

  /** The colours of the SMPTE bars in the last frame, from left to right. */
  async bars() {
    return await this.#page.evaluate((count) => {
      const centre = (index) => Math.round(((index + 0.5) / count) * 320);
      return Array.from({ length: count }, (_, index) => globalThis.colourAt(centre(index), 60));
    }, BARS.length);
  }

  /**
   * Waits until the picture with that marker moves: `count` frames of it that all differ from the one before. Hands
   * back those frames.
   */
  async moves(marker, { count = 5, from = 0, timeout = 15_000 } = {}) {
    return await until(
      `${count} moving frames`,
      async () => {
        const frames = (await this.frames(from)).filter((frame) => isColour(frame.marker, marker));
        const moving = frames.filter((frame, index) => index === 0 || frame.sum !== frames[index - 1].sum);
        return moving.length >= count ? moving : null;
      },
      { timeout, explain: () => this.state() },
    );
  }
}
