/** AV1 as enhanced RTMP carries it in FLV, which the ffmpeg of distributions cannot write. */

const IVF_HEADER_SIZE = 32;
const IVF_FRAME_HEADER_SIZE = 12;
/** OBU types (AV1 section 6.2.2). */
const SEQUENCE_HEADER = 1;
const TEMPORAL_DELIMITER = 2;
/** Enhanced RTMP v1: the flag beside the frame type, and packet types. */
const ENHANCED = 0x80;
const SEQUENCE_START = 0;
const CODED_FRAMES = 1;
const FOURCC = Buffer.from("av01");

/** How ffmpeg makes what `tagsOfIvf` takes. */
export const AV1_ENCODER = [
  ...["-c:v", "libaom-av1", "-usage", "realtime"],
  ...["-cpu-used", "8", "-lag-in-frames", "0"],
];

/** The tags of an IVF file: a configuration, and a frame each. */
export function tagsOfIvf(file, rate) {
  const tags = [];
  let offset = IVF_HEADER_SIZE;
  while (offset + IVF_FRAME_HEADER_SIZE <= file.length) {
    const start = offset + IVF_FRAME_HEADER_SIZE;
    const end = start + file.readUInt32LE(offset);
    const units = [...unitsOf(file.subarray(start, end))];
    const sequence = units.find(({ type }) => type === SEQUENCE_HEADER);
    if (tags.length === 0) tags.push(tag(SEQUENCE_START, 1, 0, configuration(sequence)));
    const kept = units.filter(({ type }) => type !== TEMPORAL_DELIMITER).map(({ bytes }) => bytes);
    const timestamp = Math.round(((tags.length - 1) * 1000) / rate);
    tags.push(tag(CODED_FRAMES, sequence ? 1 : 2, timestamp, Buffer.concat(kept)));
    offset = end;
  }
  return tags;
}

function tag(packet, frame, timestamp, payload) {
  const head = Buffer.from([ENHANCED | (frame << 4) | packet]);
  return { type: 9, timestamp, body: Buffer.concat([head, FOURCC, payload]) };
}

/** The OBUs of a temporal unit, each of which says its size. */
function* unitsOf(data) {
  let offset = 0;
  while (offset < data.length) {
    const hasExtension = (data[offset] >> 2) & 1;
    let at = offset + 1 + hasExtension;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = data[at];
      at += 1;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const type = (data[offset] >> 3) & 15;
    yield { type, body: data.subarray(at, at + size), bytes: data.subarray(offset, at + size) };
    offset = at + size;
  }
}

/** An AV1CodecConfigurationRecord for 8 bits, 4:2:0, of a sequence header with one operating point and no timing. */
function configuration({ body, bytes }) {
  const profile = body[0] >> 5;
  // Before the level are three bits of profile, four flags that are off, five bits of count, and twelve of the point.
  const level = body[3] >> 3;
  return Buffer.concat([Buffer.from([0x81, (profile << 5) | level, 0x0c, 0]), bytes]);
}
