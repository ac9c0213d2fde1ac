/** A live stream that misbehaves once a second, as a bad one does once a minute. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { HEADER, encodeClip, muxTag } from "../harness/flv.mjs";
import { now } from "../harness/until.mjs";

const [AUDIO, VIDEO, SCRIPT] = [8, 9, 18];
/** The length of a clip, which is one GOP, in milliseconds. */
const CLIP_MS = 1000;
/** HEVC and Speex, of which the test's browser plays neither: a sequence header and a frame. */
const REFUSED = {
  video: [Buffer.from([0x1c, 0, 0, 0, 0, 1, 2, 3, 4]), Buffer.from([0x2c, 1, 0, 0, 0, 0, 0, 0, 1, 2])],
  audio: [Buffer.from([0xb2, 1, 2, 3]), Buffer.from([0xb2, 4, 5, 6])],
};

/** Clips of two sizes. */
export async function encodeClips() {
  const directory = await mkdtemp(join(tmpdir(), "flvgate-"));
  try {
    const encode = (marker, output) =>
      encodeClip(join(directory, "clip.flv"), { marker, seconds: 1, output });
    return [await encode("red", []), await encode("lime", ["-s", "480x270"])];
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * What can happen at the start of a second. Each takes the second, and changes it: its `jump` in milliseconds, the `wait`
 * before it, its `tags`, `raw` bytes in front of it, whether it `ends` the connection.
 */
const EVENTS = {
  nothing: () => undefined,
  restart: (second, stream) => (second.jump = -stream.time),
  "step back 30 s": (second) => (second.jump = -30_000),
  "step back 300 ms": (second) => (second.jump = -300),
  "jump 60 s": (second) => (second.jump = 60_000),
  "cross 2^31": (second, stream) => (second.jump = 2 ** 31 - 500 - (stream.time % 2 ** 32)),
  "cross 2^32": (second, stream) => (second.jump = 2 ** 32 - 500 - (stream.time % 2 ** 32)),
  "change of size": (second, stream) => {
    stream.clip = (stream.clip + 1) % stream.clips.length;
    second.tags = stream.clips[stream.clip];
  },
  stall: (second, stream) => (second.wait = 500 + 2000 * stream.random()),
  burst: (second) => (second.hurry = 3000),
  disconnect: (second) => (second.ends = "reset"),
  end: (second) => (second.ends = "end"),
  "no audio": (second) => (second.tags = second.tags.filter(({ type }) => type !== AUDIO)),
  "no video": (second) => (second.tags = second.tags.filter(({ type }) => type !== VIDEO)),
  "refused video": (second) => (second.tags = refuse(second.tags, VIDEO, REFUSED.video)),
  "refused audio": (second) => (second.tags = refuse(second.tags, AUDIO, REFUSED.audio)),
  "broken frames": (second, stream) => (second.tags = second.tags.map((tag) => spoil(tag, stream.random))),
  "empty tags": (second) =>
    (second.tags = second.tags.flatMap((tag) => [{ ...tag, body: Buffer.alloc(0) }, tag])),
  garbage: (second, stream) =>
    (second.raw = Buffer.from(Array.from({ length: 300 }, () => 256 * stream.random()))),
  metadata: (second) => second.tags.unshift(...second.tags.filter(({ type }) => type === SCRIPT)),
};

/** Replaces a track by one of another codec. */
function refuse(tags, type, [header, frame]) {
  let first = true;
  return tags.map((tag) => {
    if (tag.type !== type) return tag;
    const body = first ? header : frame;
    first = false;
    return { ...tag, body };
  });
}

/** Turns a few bytes of a frame round, behind those that say what it is. */
function spoil(tag, random) {
  if (tag.body.length < 20 || random() > 0.1) return tag;
  const body = Buffer.from(tag.body);
  for (let count = 0; count < 3; count += 1) body[9 + Math.floor(random() * (body.length - 9))] ^= 0xff;
  return { ...tag, body };
}

/** One connection's stream. */
export class HostileStream {
  /** The input's clock in milliseconds, not wrapped. */
  time = 0;
  clip = 0;

  /** `random`: numbers from 0 to 1; `tell` is called with the name of each event. */
  constructor(clips, random, tell) {
    this.clips = clips;
    this.random = random;
    this.tell = tell;
  }

  /** Writes to a `sink` of { write, end, reset, closed } until one of both ends it. */
  async send(sink) {
    sink.write(HEADER);
    let begin = now();
    for (let count = 0; !sink.closed; count += 1) {
      const second = { jump: 0, wait: 0, hurry: 0, raw: null, ends: null, tags: [...this.clips[this.clip]] };
      // Something must play before anything can be disturbed.
      if (count > 0) this.#disturb(second);
      if (second.ends) return sink[second.ends]();
      await pause(second.wait);
      this.time = Math.max(0, this.time + second.jump);
      begin -= second.hurry;
      if (second.raw) sink.write(second.raw);
      for (const tag of second.tags) {
        const wait = begin + tag.timestamp - now();
        if (wait > 0) await pause(wait);
        if (sink.closed) return;
        sink.write(muxTag(tag, this.time + tag.timestamp));
      }
      this.time += CLIP_MS;
      begin = Math.max(begin + CLIP_MS, now() - CLIP_MS);
    }
  }

  #disturb(second) {
    const names = Object.keys(EVENTS);
    const name = names[Math.floor(this.random() * names.length)];
    this.tell(name);
    EVENTS[name](second, this);
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (a linear congruential generator), so that a run can be repeated. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
