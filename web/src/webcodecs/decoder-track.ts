/** One track: fragments in, decoded frames out, as a `SourceBuffer` looks from outside. */
import { readInit, readSamples, type TrackConfig } from "./boxes.js";
import type { Outlet } from "./stage.js";

/** So far behind what has come, in seconds, a frame is not shown any more: a burst is caught up with, not played. */
const LATE = 0.25;
/** Frames that wait for the decoder; with more, it does not keep up, and goes on at the newest keyframe. */
const QUEUE_MAX = 60;

interface Decoder {
  readonly state: CodecState;
  readonly decodeQueueSize: number;
  decode(chunk: EncodedVideoChunk | EncodedAudioChunk): void;
  reset(): void;
  close(): void;
}

/** Sampling rates by the index in an MPEG audio frame's header, of MPEG-1 (ISO/IEC 11172-3 section 2.4.2.3). */
const MPEG_RATES = [44_100, 48_000, 32_000];

/** Sampling rate of G.711, in Hz. */
const G711_RATE = 8000;

/** Codecs whose frames come as they are, by their types. */
const RAW: Record<string, string> = { "audio/mpeg": "mp3", "audio/PCMA": "alaw", "audio/PCMU": "ulaw" };

/** What a type says of the track. */
function readType(mime: string) {
  const raw = RAW[mime.split(";")[0] ?? ""];
  const codec = /codecs="([^"]+)"/.exec(mime)?.[1] ?? raw ?? mime;
  return { codec, isRaw: raw !== undefined, channels: mime.endsWith("channels=2") ? 2 : 1 };
}

export class DecoderTrack extends EventTarget {
  /** Never: what is appended is taken at once. */
  readonly updating = false;
  /** Set by the player for frames that carry no time. */
  timestampOffset = 0;
  /** Times of the newest frame that has come, and of the one that is shown, in seconds. */
  newest = Number.NEGATIVE_INFINITY;
  shown = Number.NEGATIVE_INFINITY;
  first: number | undefined;
  decoded = 0;
  dropped = 0;
  readonly #outlet: Outlet<VideoFrame> | Outlet<AudioData>;
  readonly isVideo: boolean;
  readonly #onError: (error: DOMException) => void;
  #type: ReturnType<typeof readType>;
  #config: TrackConfig | undefined;
  #decoder: Decoder | undefined;
  #wantsKeyframe = true;

  constructor(
    mime: string,
    outlet: Outlet<VideoFrame> | Outlet<AudioData>,
    onError: (error: DOMException) => void,
  ) {
    super();
    this.isVideo = mime.startsWith("video/");
    this.#type = readType(mime);
    this.#outlet = outlet;
    this.#onError = onError;
  }

  changeType(mime: string): void {
    this.#type = readType(mime);
    this.#config = undefined;
    this.#decoder?.close();
    this.#decoder = undefined;
  }

  appendBuffer(data: Uint8Array): void {
    const { codec, isRaw, channels } = this.#type;
    if (isRaw) {
      if (codec === "mp3") this.#appendMp3(data);
      else this.#appendRaw(data, G711_RATE, channels, data.length / channels);
      return;
    }
    const config = readInit(data);
    if (config) {
      this.#config = config;
      this.#configure(config);
      return;
    }
    const { timescale } = this.#config ?? { timescale: 1 };
    for (const { time, isKeyframe, data: frame } of readSamples(data)) {
      this.#decode(time / timescale, isKeyframe, frame);
    }
  }

  /** Nothing is kept that could be removed. */
  remove(): void {
    // As it says.
  }

  abort(): void {
    // Nothing is half appended.
  }

  close(): void {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#outlet.close();
  }

  get buffered() {
    const { first, newest } = this;
    return {
      length: first === undefined ? 0 : 1,
      start: () => first ?? 0,
      end: () => newest,
    };
  }

  #configure({ description, sampleRate, channels }: Omit<TrackConfig, "timescale">): void {
    const more = description ? { description } : {};
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    const error = this.#onError;
    this.#wantsKeyframe = true;
    if (this.isVideo) {
      const decoder = new VideoDecoder({
        error,
        output: (frame) => {
          this.#put(frame);
        },
      });
      decoder.configure({ codec: this.#type.codec, optimizeForLatency: true, ...more });
      this.#decoder = decoder;
    } else {
      const decoder = new AudioDecoder({
        error,
        output: (data) => {
          this.#put(data);
        },
      });
      decoder.configure({ codec: this.#type.codec, sampleRate, numberOfChannels: channels, ...more });
      this.#decoder = decoder;
    }
  }

  #decode(seconds: number, isKeyframe: boolean, data: Uint8Array): void {
    const decoder = this.#decoder;
    if (decoder?.state !== "configured") return;
    this.first ??= seconds;
    this.newest = Math.max(this.newest, seconds);
    if (decoder.decodeQueueSize > QUEUE_MAX) this.#wantsKeyframe = true;
    if (this.#wantsKeyframe && !isKeyframe) {
      this.dropped += 1;
      return;
    }
    this.#wantsKeyframe = false;
    const Chunk = this.isVideo ? EncodedVideoChunk : EncodedAudioChunk;
    const type = isKeyframe ? "key" : "delta";
    // Lent memory may be handed over, for the chunk is a copy.
    decoder.decode(new Chunk({ type, timestamp: Math.round(seconds * 1e6), data: data }));
  }

  #put(frame: VideoFrame | AudioData): void {
    const seconds = frame.timestamp / 1e6;
    this.decoded += 1;
    const isFirst = this.shown === Number.NEGATIVE_INFINITY;
    // Back: the stream has begun anew.
    const isLate = this.newest - seconds > LATE && seconds > this.shown;
    if (isLate && !(isFirst && this.isVideo)) {
      this.dropped += 1;
      frame.close();
      return;
    }
    this.shown = seconds;
    (this.#outlet as Outlet<VideoFrame | AudioData>).put(frame);
  }

  #appendMp3(data: Uint8Array): void {
    const [, second = 0, third = 0, fourth = 0] = data;
    // MPEG-1, 2 and 2.5 are 3, 2 and 0; each has half the rates of the one before.
    const halvings = { 3: 0, 2: 1, 0: 2 }[(second >> 3) & 3] ?? 0;
    const sampleRate = (MPEG_RATES[(third >> 2) & 3] ?? 44_100) >> halvings;
    const channels = fourth >> 6 === 3 ? 1 : 2;
    this.#appendRaw(data, sampleRate, channels, halvings === 0 ? 1152 : 576);
  }

  /** A frame without a time of its own, of so many samples. */
  #appendRaw(data: Uint8Array, sampleRate: number, channels: number, samples: number): void {
    if (this.#config?.sampleRate !== sampleRate) {
      this.#config = { timescale: 1, description: undefined, sampleRate, channels };
      this.#configure(this.#config);
    }
    this.#decode(this.timestampOffset, true, data);
    this.timestampOffset += samples / sampleRate;
  }
}
