/** What the player takes for a `MediaSource`: tracks whose decoders play into a `MediaStream`. */
import { DecoderTrack } from "./decoder-track.js";
import { audioOutlet, videoOutlet } from "./stage.js";

export class DecoderSource extends EventTarget {
  duration = Number.NaN;
  readyState: ReadyState = "closed";
  /** As in a worker, where a page shows a source by its handle. */
  readonly handle = this;
  readonly stream = new MediaStream();
  readonly tracks: DecoderTrack[] = [];
  /** What a decoder has said. */
  error: string | null = null;

  /** As far as can be said at once; what the decoder refuses later is an error. */
  static isTypeSupported(mime: string): boolean {
    return MediaSource.isTypeSupported(mime) || /^audio\/PCM[AU]/.test(mime);
  }

  open(): void {
    this.readyState = "open";
    this.dispatchEvent(new Event("sourceopen"));
  }

  addSourceBuffer(mime: string): DecoderTrack {
    const outlet = mime.startsWith("video/") ? videoOutlet() : audioOutlet();
    const track: DecoderTrack = new DecoderTrack(mime, outlet, ({ message }) => {
      this.error = message;
      track.dispatchEvent(new Event("error"));
    });
    for (const part of outlet.tracks) this.stream.addTrack(part);
    this.tracks.push(track);
    return track;
  }

  setLiveSeekableRange(): void {
    // There is nothing to seek in.
  }

  endOfStream(): void {
    this.readyState = "ended";
  }

  close(): void {
    this.readyState = "closed";
    for (const track of this.tracks) track.close();
  }
}
