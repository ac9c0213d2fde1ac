/** A web server on several ports (a browser opens six connections to one at most) for pages and hostile streams. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { ROOT } from "../harness/server.mjs";

const PORTS = 8;
const CORS = { "access-control-allow-origin": "*", "cache-control": "no-store" };
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".mjs": "text/javascript" };
/** RFC 6455 section 1.3. */
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const BINARY = 0x82;
const CLOSE = 0x88;

/** Which directory each path of scripts is of. */
const SCRIPTS = {
  "/flvgate/": "web/dist",
  "/mpegts/": "node_modules/mpegts.js/dist",
  "/lab/": "tests/browser/lab/page",
};

export class LabServer {
  #servers = [];
  #streams = new Map();
  #sockets = new Set();

  static async start() {
    const lab = new LabServer();
    for (let index = 0; index < PORTS; index += 1) {
      const server = createServer((request, response) => void lab.#answer(request, response));
      server.on("upgrade", (request, socket) => lab.#upgrade(request, socket));
      server.on("connection", (socket) => {
        socket.setNoDelay(true);
        lab.#sockets.add(socket);
        socket.on("close", () => lab.#sockets.delete(socket)).on("error", () => undefined);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      lab.#servers.push(server);
    }
    return lab;
  }

  #host(index) {
    return `127.0.0.1:${this.#servers[index % PORTS].address().port}`;
  }

  /** A page of that name; `csp` is its Content-Security-Policy. */
  pageUrl(csp) {
    return `http://${this.#host(0)}/page${csp ? `?csp=${encodeURIComponent(csp)}` : ""}`;
  }

  /** Serves a stream; hands back its URL over "http" or "ws". */
  publish(stream, transport) {
    const index = this.#streams.size;
    this.#streams.set(`/s/${index}.flv`, stream);
    return `${transport}://${this.#host(1 + (index % (PORTS - 1)))}/s/${index}.flv`;
  }

  async #answer(request, response) {
    const url = new URL(request.url, "http://lab");
    const stream = this.#streams.get(url.pathname);
    if (stream) return this.#sendStream(stream, request, response);
    if (url.pathname === "/page") return sendPage(url, response);
    if (url.pathname === "/favicon.ico") return response.writeHead(204).end();
    await sendScript(url.pathname, response);
  }

  #sendStream(stream, request, response) {
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    const answer = stream.answer();
    if (answer?.location) {
      return response.writeHead(302, { ...CORS, location: `${request.url}?moved` }).end();
    }
    if (answer) return response.writeHead(answer, CORS).end();
    if (stream.absence(stream.age())) return request.socket.destroy();
    response.writeHead(200, { ...CORS, "content-type": "video/x-flv" });
    const stop = stream.serve(
      (bytes) => response.write(bytes),
      (how) => (how === "cut" ? request.socket.resetAndDestroy() : response.end()),
    );
    response.on("close", stop);
  }

  #upgrade(request, socket) {
    const stream = this.#streams.get(request.url.split("?")[0]);
    const answer = stream?.answer();
    if (!stream || stream.absence(stream.age())) return socket.destroy();
    // A redirect is none for a WebSocket; its browser would call it a failure.
    if (typeof answer === "number") {
      return socket.end(`HTTP/1.1 ${answer} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    }
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + WEBSOCKET_GUID);
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept.digest("base64")}\r\n\r\n`,
    );
    const stop = stream.serve(
      (bytes) => socket.write(webSocketFrame(BINARY, bytes)),
      (how) => {
        if (how === "cut") return socket.resetAndDestroy();
        const code = Buffer.alloc(2);
        code.writeUInt16BE(how === "close" ? stream.plan.closeCode : 1000);
        socket.end(webSocketFrame(CLOSE, code));
      },
    );
    socket.on("data", () => undefined).on("close", stop);
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
    await Promise.all(this.#servers.map((server) => (server.listening ? once(server, "close") : null)));
  }
}

/** An unmasked frame, as servers send them (RFC 6455 section 5.2). */
function webSocketFrame(first, payload) {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65536 ? 4 : 10);
  head[0] = first;
  if (length < 126) head[1] = length;
  else if (length < 65536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

function sendPage(url, response) {
  const csp = url.searchParams.get("csp");
  const headers = { "content-type": "text/html; charset=utf-8" };
  if (csp) headers["content-security-policy"] = csp;
  response
    .writeHead(200, headers)
    .end(
      '<!doctype html><html lang="en"><title>Lab</title>' +
        '<script src="/mpegts/mpegts.js"></script><script type="module" src="/lab/cells.js"></script>' +
        "<body></body></html>",
    );
}

async function sendScript(path, response) {
  const prefix = Object.keys(SCRIPTS).find((start) => path.startsWith(start));
  const inside = prefix && normalize(path.slice(prefix.length));
  if (!inside || inside.startsWith("..")) return response.writeHead(404).end();
  try {
    const text = await readFile(join(ROOT, SCRIPTS[prefix], inside));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain" }).end(text);
  } catch {
    response.writeHead(404).end();
  }
}
