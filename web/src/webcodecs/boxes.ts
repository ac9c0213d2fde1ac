/** Reads back what the player's WebAssembly writes for Media Source Extensions: boxes of ISO/IEC 14496-12. */

/** Where a box's content is. */
interface Box {
  type: string;
  start: number;
  end: number;
}

/** What a decoder needs to know of a track. */
export interface TrackConfig {
  /** Ticks per second. */
  timescale: number;
  description: Uint8Array<ArrayBuffer> | undefined;
  sampleRate: number;
  channels: number;
}

/** One frame; `data` is lent. */
export interface Sample {
  /** When it is shown, in ticks. */
  time: number;
  isKeyframe: boolean;
  data: Uint8Array;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function* boxes(data: DataView, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end;) {
    const size = data.getUint32(at);
    if (size < 8 || at + size > end) return;
    const type = String.fromCharCode(...[4, 5, 6, 7].map((offset) => data.getUint8(at + offset)));
    yield { type, start: at + 8, end: at + size };
    at += size;
  }
}

/** The box at the end of a path of types. */
function find(data: DataView, path: string[], start = 0, end = data.byteLength): Box | undefined {
  const [type, ...rest] = path;
  for (const box of boxes(data, start, end)) {
    if (box.type === type) return rest.length === 0 ? box : find(data, rest, box.start, box.end);
  }
  return undefined;
}

/** Fields before the boxes of a VisualSampleEntry and an AudioSampleEntry (sections 12.1.3 and 12.2.3), in bytes. */
const VISUAL_FIELDS = 78;
const AUDIO_FIELDS = 28;

/** What an initialization segment says. */
export function readInit(bytes: Uint8Array): TrackConfig | undefined {
  const data = view(bytes);
  const media = ["moov", "trak", "mdia"];
  const mdhd = find(data, [...media, "mdhd"]);
  const stsd = find(data, [...media, "minf", "stbl", "stsd"]);
  // `version`, `flags` and `entry_count` are before the entries.
  const entry = stsd && [...boxes(data, stsd.start + 8, stsd.end)][0];
  if (!mdhd || !entry) return undefined;
  const isVideo = find(data, [...media, "minf", "vmhd"]) !== undefined;
  const inner = entry.start + (isVideo ? VISUAL_FIELDS : AUDIO_FIELDS);
  return {
    timescale: data.getUint32(mdhd.start + 12),
    description: description(bytes, data, inner, entry.end),
    channels: isVideo ? 0 : data.getUint16(entry.start + 16),
    sampleRate: isVideo ? 0 : data.getUint16(entry.start + 24),
  };
}

/** What WebCodecs wants as the `description` of a codec (W3C WebCodecs Codec Registry). */
function description(bytes: Uint8Array, data: DataView, start: number, end: number) {
  const slice = (from: number, to: number) => bytes.slice(from, to);
  for (const box of boxes(data, start, end)) {
    if (box.type === "avcC" || box.type === "hvcC") return slice(box.start, box.end);
    if (box.type === "esds") return decoderSpecificInfo(bytes, box);
    if (box.type === "dfLa") {
      // The stream's own marker stands where the box has version and flags.
      const blocks = slice(box.start, box.end);
      blocks.set([0x66, 0x4c, 0x61, 0x43]);
      return blocks;
    }
  }
  return undefined;
}

/** The AudioSpecificConfig in an `esds` (ISO/IEC 14496-1 section 7.2.6): descriptors 3, 4, 5, one in the other. */
function decoderSpecificInfo(bytes: Uint8Array, { start, end }: Box) {
  const own: Record<number, number> = { 3: 3, 4: 13 };
  for (let at = start + 4; at < end;) {
    const tag = bytes[at] ?? 0;
    let length = 0;
    do {
      at += 1;
      length = (length << 7) | ((bytes[at] ?? 0) & 0x7f);
    } while (((bytes[at] ?? 0) & 0x80) !== 0 && at < end);
    at += 1;
    if (tag === 5) return bytes.slice(at, at + length);
    const fields = own[tag];
    if (fields === undefined) return undefined;
    at += fields;
  }
  return undefined;
}

/** Of `trun` (section 8.8.8): that the fields before a sample's are there, or the sample's own. */
const DATA_OFFSET = 0x1;
const FIRST_FLAGS = 0x4;
const SAMPLE_DURATION = 0x100;
const SAMPLE_SIZE = 0x200;
const SAMPLE_FLAGS = 0x400;
const SAMPLE_OFFSET = 0x800;
/** Of a sample's flags (section 8.8.3.1). */
const IS_NON_SYNC = 0x1_0000;

/** The frames of fragments that have one each. */
export function* readSamples(bytes: Uint8Array): Generator<Sample> {
  const data = view(bytes);
  let time = 0;
  let isKeyframe = false;
  for (const box of boxes(data, 0, data.byteLength)) {
    if (box.type === "mdat") yield { time, isKeyframe, data: bytes.subarray(box.start, box.end) };
    if (box.type !== "moof") continue;
    const tfdt = find(data, ["traf", "tfdt"], box.start, box.end);
    const trun = find(data, ["traf", "trun"], box.start, box.end);
    if (!tfdt || !trun) continue;
    time =
      data.getUint8(tfdt.start) === 1
        ? Number(data.getBigUint64(tfdt.start + 4))
        : data.getUint32(tfdt.start + 4);
    const flags = data.getUint32(trun.start) & 0xff_ffff;
    let at = trun.start + 8;
    const has = (flag: number) => (flags & flag) !== 0;
    const skip = (flag: number) => {
      const here = at;
      at += has(flag) ? 4 : 0;
      return here;
    };
    skip(DATA_OFFSET);
    const first = skip(FIRST_FLAGS);
    skip(SAMPLE_DURATION);
    skip(SAMPLE_SIZE);
    const own = skip(SAMPLE_FLAGS);
    if (has(SAMPLE_OFFSET)) time += data.getInt32(at);
    const sampleFlags = has(SAMPLE_FLAGS) ? own : first;
    isKeyframe =
      !(has(SAMPLE_FLAGS) || has(FIRST_FLAGS)) || (data.getUint32(sampleFlags) & IS_NON_SYNC) === 0;
  }
}
