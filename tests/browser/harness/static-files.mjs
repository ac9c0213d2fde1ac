/** A web server for the files of a directory, as any host has one. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

export class StaticFiles {
  #server;

  /** Serves `directory`; `headers` come with each answer. */
  static async start(directory, headers = {}) {
    const files = new StaticFiles();
    files.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      const path = join(directory, normalize(decodeURIComponent(pathname)));
      const file = path.endsWith("/") ? `${path}index.html` : path;
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      readFile(file)
        .then((bytes) => response.writeHead(200, { ...headers, "content-type": type }).end(bytes))
        // Browsers ask for the icon by themselves, and note a 404 in the console.
        .catch(() => response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end());
    });
    files.#server.listen(0, "127.0.0.1");
    await once(files.#server, "listening");
    return files;
  }

  url(path = "/") {
    return `http://127.0.0.1:${this.#server.address().port}${path}`;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
