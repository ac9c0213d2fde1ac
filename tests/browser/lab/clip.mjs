/** Short recordings whose every picture carries its number, so that a page can tell which one it shows. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AV1_ENCODER, tagsOfIvf } from "./av1.mjs";

/** So many bars across the top of the picture, the lowest bit first; two of them are always dark and bright. */
export const BARS = 16;
const BITS = BARS - 2;
const DARK = 32;
const BRIGHT = 220;

const FILE_HEADER_SIZE = 13;
const TAG_HEADER_SIZE = 11;
const BACK_POINTER_SIZE = 4;

/** A video tag whose first byte has this bit is of enhanced RTMP. */
const ENHANCED = 0x80;

export const AUDIO = 8;
export const VIDEO = 9;
export const SCRIPT = 18;

/** What a scenario may ask for; times in seconds, rates in frames per second. */
const DEFAULTS = {
  width: 320,
  height: 180,
  rate: 25,
  seconds: 30,
  gop: 25,
  bFrames: 0,
  noise: 0,
  av1: false,
};

/** Recordings, made when first asked for; `stop` removes their files. */
export class Clips {
  #made = new Map();
  #directory;

  /** The tags of a recording: { type, timestamp, body, config, keyframe, number }. */
  async tags(options = {}) {
    const wanted = { ...DEFAULTS, ...options };
    const key = JSON.stringify(wanted);
    if (!this.#made.has(key)) this.#made.set(key, this.#make(wanted, this.#made.size));
    return await this.#made.get(key);
  }

  async #make(wanted, index) {
    this.#directory ??= mkdtemp(join(tmpdir(), "flvgate-lab-"));
    const { av1, rate } = wanted;
    const path = join(await this.#directory, `${index}.${av1 ? "ivf" : "flv"}`);
    await encode(wanted, path);
    const file = await readFile(path);
    return numbered(av1 ? tagsOfIvf(file, rate) : parse(file), rate);
  }

  async stop() {
    if (this.#directory) await rm(await this.#directory, { recursive: true });
  }
}

/** The file says no duration, as a live stream does not. */
const H264_AND_AAC = (bFrames) => [
  ...["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-c:a", "aac", "-b:a", "64k", "-ac", "2"],
  ...["-c:v", "libx264", "-preset", "ultrafast", "-sc_threshold", "0", "-bf", String(bFrames)],
  ...["-flvflags", "no_duration_filesize"],
];

async function encode({ width, height, rate, seconds, gop, bFrames, noise, av1 }, path) {
  const encoder = spawn(
    "ffmpeg",
    [
      ...["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${width}x${height}`],
      ...["-r", String(rate), "-i", "pipe:0"],
      ...(av1 ? AV1_ENCODER : H264_AND_AAC(bFrames)),
      ...["-t", String(seconds), "-g", String(gop), "-keyint_min", String(gop), "-threads", "1"],
      ...["-crf", noise > 0 ? "12" : "26", path],
    ],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  const ended = once(encoder, "exit");
  encoder.stdin.on("error", () => undefined);
  for (let number = 0; number < seconds * rate; number += 1) {
    if (!encoder.stdin.write(picture(width, height, number, noise))) {
      await Promise.race([once(encoder.stdin, "drain").catch(() => undefined), ended]);
    }
  }
  encoder.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`ffmpeg could not make ${path}`);
}

/** One picture in 4:2:0: the bars, and below them a gradient that moves. */
function picture(width, height, number, noise) {
  const luma = width * height;
  const frame = Buffer.alloc((luma * 3) / 2, 128);
  const barHeight = Math.floor(height / 5);
  const bars = Buffer.alloc(width);
  for (let x = 0; x < width; x += 1) {
    const bar = Math.floor((x * BARS) / width);
    const bright = bar < BITS ? (number >> bar) & 1 : bar - BITS;
    bars[x] = bright ? BRIGHT : DARK;
  }
  const moving = Buffer.alloc(width + 256);
  for (let x = 0; x < moving.length; x += 1) moving[x] = 40 + ((x * 3) % 160);
  for (let y = 0; y < height; y += 1) {
    if (y < barHeight) bars.copy(frame, y * width);
    else moving.copy(frame, y * width, (number * 2 + y) % 256, ((number * 2 + y) % 256) + width);
  }
  if (noise > 0) {
    for (let at = barHeight * width; at < luma; at += 1) frame[at] += Math.random() * noise;
  }
  return frame;
}

/** Takes a file apart into tags (Adobe FLV 10.1, annex E). */
function parse(file) {
  const tags = [];
  let offset = FILE_HEADER_SIZE;
  while (offset + TAG_HEADER_SIZE <= file.length) {
    const size = file.readUIntBE(offset + 1, 3);
    const timestamp = file.readUIntBE(offset + 4, 3) + file[offset + 7] * 2 ** 24;
    const start = offset + TAG_HEADER_SIZE;
    tags.push({ type: file[offset], timestamp, body: file.subarray(start, start + size) });
    offset = start + size + BACK_POINTER_SIZE;
  }
  return tags;
}

/** Adds what each tag is: a configuration, a keyframe, the picture of that number. */
function numbered(tags, rate) {
  let first;
  const kept = tags.filter(({ type, body }) => !(type === VIDEO && body[0] < ENHANCED && body[1] === 2));
  return kept.map((tag) => {
    const enhanced = tag.type === VIDEO && tag.body[0] >= ENHANCED;
    const config = tag.type !== SCRIPT && (enhanced ? (tag.body[0] & 15) === 0 : tag.body[1] === 0);
    if (tag.type !== VIDEO || config) return { ...tag, config };
    const shown = tag.timestamp + (enhanced ? 0 : compositionTime(tag.body));
    first ??= shown;
    return {
      ...{ ...tag, config, keyframe: ((tag.body[0] >> 4) & 7) === 1 },
      ...{ shown, number: Math.round(((shown - first) * rate) / 1000) },
    };
  });
}

/** A video tag's composition time, in milliseconds. */
export function compositionTime(body) {
  return (body.readUIntBE(2, 3) << 8) >> 8;
}

/** A tag's bytes, or `body` itself if it is raw; the timestamp wraps at 2^32. */
export function mux({ type, body, raw }, timestamp) {
  if (raw) return body;
  const head = Buffer.alloc(TAG_HEADER_SIZE);
  head[0] = type;
  head.writeUIntBE(body.length, 1, 3);
  const wrapped = ((Math.round(timestamp) % 2 ** 32) + 2 ** 32) % 2 ** 32;
  head.writeUIntBE(wrapped % 2 ** 24, 4, 3);
  head[7] = Math.floor(wrapped / 2 ** 24);
  const back = Buffer.alloc(BACK_POINTER_SIZE);
  back.writeUInt32BE(TAG_HEADER_SIZE + body.length);
  return Buffer.concat([head, body, back]);
}

/** The file header that says audio, video or both are there. */
export function fileHeader({ audio = true, video = true } = {}) {
  return Buffer.from([0x46, 0x4c, 0x56, 1, (audio ? 4 : 0) + (video ? 1 : 0), 0, 0, 0, 9, 0, 0, 0, 0]);
}
