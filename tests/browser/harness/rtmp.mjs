/** An RTMP publisher that sends what timestamps a test wants, which encoders do not (RTMP 1.0). */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { now } from "./until.mjs";

const HANDSHAKE_SIZE = 1536;
const CHUNK_SIZE = 0xffffff;
const COMMANDS = 3;
const MEDIA = 6;
const SET_CHUNK_SIZE = 1;
const COMMAND = 20;
/** The message stream that a server makes first. */
const STREAM = 1;
/** From here on a timestamp stands behind the header (section 5.3.1.3). */
const EXTENDED = 0xffffff;

function number(value) {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function name(text) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

const string = (text) => Buffer.concat([Buffer.from([2]), name(text)]);
const nothing = Buffer.from([5]);

function object(properties) {
  const pairs = Object.entries(properties).flatMap(([key, value]) => [name(key), string(value)]);
  return Buffer.concat([Buffer.from([3]), ...pairs, Buffer.from([0, 0, 9])]);
}

/** One message in one chunk with a header of type 0. */
function message(chunkStream, type, stream, timestamp, body) {
  const header = Buffer.alloc(12);
  header[0] = chunkStream;
  header.writeUIntBE(Math.min(timestamp, EXTENDED), 1, 3);
  header.writeUIntBE(body.length, 4, 3);
  header[7] = type;
  header.writeUInt32LE(stream, 8);
  const extended = Buffer.alloc(timestamp >= EXTENDED ? 4 : 0);
  if (extended.length > 0) extended.writeUInt32BE(timestamp);
  return Buffer.concat([header, extended, body]);
}

/** A connection that publishes one stream. */
export class RtmpPublisher {
  #socket;

  /** Connects to a server, and publishes `stream` in the app `live`. */
  static async open(host, stream) {
    const publisher = new RtmpPublisher();
    const [address, port] = host.split(":");
    const socket = (publisher.#socket = connect(Number(port), address));
    await once(socket, "connect");
    socket.on("error", () => {});
    socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(HANDSHAKE_SIZE)]));
    let answer = Buffer.alloc(0);
    while (answer.length < 1 + 2 * HANDSHAKE_SIZE)
      answer = Buffer.concat([answer, (await once(socket, "data"))[0]]);
    // What it says from now on is agreement.
    socket.resume();
    const size = Buffer.alloc(4);
    size.writeUInt32BE(CHUNK_SIZE);
    const command = (to, ...values) => message(COMMANDS, COMMAND, to, 0, Buffer.concat(values));
    const url = `rtmp://${host}/live`;
    socket.write(
      Buffer.concat([
        answer.subarray(1, 1 + HANDSHAKE_SIZE),
        message(2, SET_CHUNK_SIZE, 0, 0, size),
        command(0, string("connect"), number(1), object({ app: "live", tcUrl: url })),
        command(0, string("createStream"), number(2), nothing),
        command(STREAM, string("publish"), number(3), nothing, string(stream), string("live")),
      ]),
    );
    return publisher;
  }

  /** Sends tags at once, `shift` milliseconds later than they say. */
  send(tags, shift) {
    for (const { type, timestamp, body } of tags)
      this.#socket.write(message(MEDIA, type, STREAM, (timestamp + shift) % 2 ** 32, body));
  }

  /** The same in real time. */
  async play(tags, shift) {
    const begin = now();
    for (const tag of tags) {
      const wait = begin + tag.timestamp - now();
      if (wait > 0) await pause(wait);
      if (this.#socket.destroyed) return;
      this.send([tag], shift);
    }
  }

  end() {
    this.#socket.destroy();
  }
}
