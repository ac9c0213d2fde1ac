/** FLV as a server without a timeline of its own sends it (Adobe FLV 10.1, annex E). */
import { setTimeout as pause } from "node:timers/promises";
import { CODECS, source } from "./publisher.mjs";
import { Program } from "./processes.mjs";
import { now } from "./until.mjs";
import { readFile } from "node:fs/promises";

const HEADER_SIZE = 9;
const TAG_HEADER_SIZE = 11;
const BACK_POINTER_SIZE = 4;
/** "FLV", version 1, audio and video, the header's size, and the first back pointer. */
export const HEADER = Buffer.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, HEADER_SIZE, 0, 0, 0, 0]);

/** Encodes a clip of whole GOPs, and takes it apart into tags of { type, timestamp, body }; `output`: more for ffmpeg. */
export async function encodeClip(path, { marker, seconds, output = [] }) {
  const encoder = new Program("ffmpeg", [
    ...["-v", "error", "-nostdin", "-y", ...source(marker), "-t", String(seconds), ...CODECS, ...output],
    ...["-f", "flv", path],
  ]);
  await encoder.succeed();
  return await readClip(path);
}

/** Takes an FLV file apart into tags of { type, timestamp, body }. */
export async function readClip(path) {
  const file = await readFile(path);
  const tags = [];
  let offset = HEADER_SIZE + BACK_POINTER_SIZE;
  while (offset + TAG_HEADER_SIZE <= file.length) {
    const size = file.readUIntBE(offset + 1, 3);
    const timestamp = file.readUIntBE(offset + 4, 3) + file[offset + 7] * 2 ** 24;
    const start = offset + TAG_HEADER_SIZE;
    tags.push({ type: file[offset], timestamp, body: file.subarray(start, start + size) });
    offset = start + size + BACK_POINTER_SIZE;
  }
  return tags;
}

/** A tag's bytes; the timestamp wraps at 2^32 as the format has it. */
export function muxTag({ type, body }, timestamp) {
  const head = Buffer.alloc(TAG_HEADER_SIZE);
  head[0] = type;
  head.writeUIntBE(body.length, 1, 3);
  const wrapped = ((timestamp % 2 ** 32) + 2 ** 32) % 2 ** 32;
  head.writeUIntBE(wrapped % 2 ** 24, 4, 3);
  head[7] = Math.floor(wrapped / 2 ** 24);
  const back = Buffer.alloc(BACK_POINTER_SIZE);
  back.writeUInt32BE(TAG_HEADER_SIZE + body.length);
  return Buffer.concat([head, body, back]);
}

/**
 * Sends clips one after the other in real time, each with timestamps from its own `start` in milliseconds, and leaves
 * the response open. Calls `onClip` with the moment each clip begins.
 */
export async function sendClips(response, clips, onClip) {
  response.writeHead(200, { "content-type": "video/x-flv", "access-control-allow-origin": "*" });
  response.write(HEADER);
  let begin = now();
  for (const { tags, start, duration } of clips) {
    onClip(begin);
    for (const tag of tags) {
      const wait = begin + tag.timestamp - now();
      if (wait > 0) await pause(wait);
      if (response.destroyed) return;
      response.write(muxTag(tag, start + tag.timestamp));
    }
    begin += duration;
  }
}
