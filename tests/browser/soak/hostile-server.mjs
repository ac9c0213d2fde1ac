/** Serves the player and hostile streams, over HTTP and WebSocket, from one port. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname } from "node:path";
import { ROOT } from "../harness/server.mjs";
import { HostileStream } from "./hostile-stream.mjs";
import { observe } from "./visit.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
/** With this chance a request is answered with one of these instead of a stream. */
const REFUSAL = { chance: 0.1, statuses: [404, 500, 503] };
/** What RFC 6455, section 1.3, has a server put behind the client's key. */
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const NO_STORE = { "cache-control": "no-store" };

export class HostileServer {
  /** How often each event was sent. */
  events = new Map();
  #server = createServer((request, response) => void this.#answer(request, response));
  #clips;
  #random;

  constructor(clips, random) {
    this.#clips = clips;
    this.#random = random;
    this.#server.on("upgrade", (request, socket) => this.#upgrade(request, socket));
  }

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** The host and port. */
  get host() {
    return `127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #answer(request, response) {
    const name = basename(request.url.split("?")[0]);
    if (name.endsWith(".flv")) return await this.#answerStream(response);
    if (name === "") {
      const page = '<!doctype html><html lang="en"><title>Soak</title><body></body></html>';
      return response.writeHead(200, { "content-type": "text/html" }).end(page);
    }
    const file = await readFile(`${ROOT}web/dist/${name}`).catch(() => null);
    const isWorker = name === "worker.js";
    if (isWorker) response.writeHead(200, { "content-type": TYPES[".js"] }).end(`(${observe})();${file}`);
    else if (file) response.writeHead(200, { "content-type": TYPES[extname(name)] }).end(file);
    else response.writeHead(name === "favicon.ico" ? 204 : 404).end();
  }

  async #answerStream(response) {
    if (this.#random() < REFUSAL.chance) {
      const status = REFUSAL.statuses[Math.floor(this.#random() * REFUSAL.statuses.length)];
      this.#count(`status ${status}`);
      return response.writeHead(status, NO_STORE).end();
    }
    response.writeHead(200, { ...NO_STORE, "content-type": "video/x-flv" });
    await this.#stream({
      write: (bytes) => response.write(bytes),
      end: () => response.end(),
      reset: () => response.destroy(),
      get closed() {
        return response.destroyed || response.writableEnded;
      },
    });
  }

  #upgrade(request, socket) {
    socket.on("error", () => undefined).resume();
    const key = `${request.headers["sec-websocket-key"]}${WEBSOCKET_GUID}`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    void this.#stream({
      write: (bytes) => socket.write(webSocketMessage(bytes)),
      // A close frame with code 1000, "normal closure".
      end: () => socket.end(Buffer.from([0x88, 2, 0x03, 0xe8])),
      reset: () => socket.destroy(),
      get closed() {
        return socket.destroyed || socket.writableEnded;
      },
    });
  }

  async #stream(sink) {
    await new HostileStream(this.#clips, this.#random, (name) => this.#count(name)).send(sink);
  }

  #count(name) {
    this.events.set(name, (this.events.get(name) ?? 0) + 1);
  }
}

/** A binary message in one frame (RFC 6455, section 5.2). */
function webSocketMessage(bytes) {
  const { length } = bytes;
  if (length < 126) return Buffer.concat([Buffer.from([0x82, length]), bytes]);
  const head =
    length < 65_536 ? Buffer.from([0x82, 126, 0, 0]) : Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUIntBE(length, head.length - Math.min(6, head.length - 2), Math.min(6, head.length - 2));
  return Buffer.concat([head, bytes]);
}
