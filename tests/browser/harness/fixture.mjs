/** A web server of another origin than flvgate's, for pages and streams of the tests' own. */
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { extname, join } from "node:path";
import { ROOT } from "./server.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
const HTML = { "content-type": "text/html; charset=utf-8" };

export class Fixture {
  #routes = new Map();
  #server = createServer((request, response) => {
    const route = this.#routes.get(request.url.split("?")[0]);
    if (route) route(request, response);
    else response.writeHead(404).end();
  });

  static async start() {
    const fixture = new Fixture();
    fixture.#server.listen(0, "127.0.0.1");
    await once(fixture.#server, "listening");
    // Browsers ask for one by themselves, and note a 404 in the console.
    fixture.handle("/favicon.ico", (_request, response) => response.writeHead(204).end());
    return fixture;
  }

  url(path) {
    return `http://127.0.0.1:${this.#server.address().port}${path}`;
  }

  /** Answers requests for a path as `route` does. */
  handle(path, route) {
    this.#routes.set(path, route);
  }

  /** Serves a page with that body; hands back its URL. */
  page(path, body) {
    const html = `<!doctype html><html lang="en"><title>Test</title><body>${body}</body></html>`;
    this.handle(path, (_request, response) => response.writeHead(200, HTML).end(html));
    return this.url(path);
  }

  /** Serves a script of the repository. */
  async script(path, file) {
    const text = await readFile(`${ROOT}${file}`);
    this.handle(path, (_request, response) => {
      response.writeHead(200, { "content-type": "text/javascript" }).end(text);
    });
  }

  /** Serves the files right in a directory, scripts and WebAssembly, below `prefix`. */
  async directory(prefix, directory) {
    for (const name of await readdir(directory)) {
      const type = TYPES[extname(name)];
      if (!type) continue;
      const bytes = await readFile(join(directory, name));
      this.handle(prefix + name, (_request, response) =>
        response.writeHead(200, { "content-type": type }).end(bytes),
      );
    }
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
