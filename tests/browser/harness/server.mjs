/** The real flvgate, as `npm start` configures it, on ports of its own. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { freePort } from "./ports.mjs";
import { Program } from "./processes.mjs";
import { until } from "./until.mjs";

/** The repository. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The program under test. */
export function flvgate() {
  const candidates = [
    process.env.FLVGATE_BIN,
    `${ROOT}target/release/flvgate`,
    `${ROOT}target/debug/flvgate`,
  ];
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error("flvgate is not built: run 'cargo build -p flvgate', or set FLVGATE_BIN");
  return found;
}

/** So often a server is started on other ports if one is taken. */
const ATTEMPTS = 3;

/** A server that runs; it can be stopped and started again on its ports. */
export class Server {
  #program;
  #environment;

  constructor(rtmpPort, httpPort, httpsPort, environment) {
    this.rtmpHost = `127.0.0.1:${rtmpPort}`;
    this.httpHost = `127.0.0.1:${httpPort}`;
    this.httpsHost = `127.0.0.1:${httpsPort}`;
    this.#environment = environment;
  }

  /** Starts one on free ports, with HTTPS if there is a certificate. */
  static async start({ certificate, environment = {} } = {}) {
    const secure = certificate && {
      SRS_HTTP_SERVER_HTTPS_ENABLED: "on",
      SRS_HTTP_SERVER_HTTPS_KEY: certificate.key,
      SRS_HTTP_SERVER_HTTPS_CERT: certificate.cert,
    };
    for (let attempt = 1; ; attempt++) {
      const ports = [await freePort(), await freePort(), await freePort()];
      const server = new Server(...ports, { ...secure, ...environment });
      try {
        await server.start();
        return server;
      } catch (error) {
        // Another program was given one of them first.
        if (attempt === ATTEMPTS || !/Address already in use/.test(error.message)) throw error;
      }
    }
  }

  /** Starts the program, and waits until it answers. */
  async start() {
    const environment = {
      SRS_LISTEN: this.rtmpHost,
      SRS_HTTP_SERVER_LISTEN: this.httpHost,
      SRS_HTTP_SERVER_HTTPS_LISTEN: this.httpsHost,
      ...this.#environment,
    };
    this.#program = new Program(flvgate(), ["-c", "conf/flvgate.conf"], {
      cwd: ROOT,
      env: { ...process.env, ...environment },
    });
    await until("flvgate answers", async () => {
      if (!this.#program.isRunning) throw new Error(`flvgate ended:\n${this.#program.output}`);
      return this.streams().catch(() => null);
    });
  }

  async stop() {
    await this.#program.end("SIGTERM");
  }

  /** What the server wrote last. */
  get output() {
    return this.#program.output;
  }

  /** The page, or another URL of the server. */
  url(path = "/") {
    return `http://${this.httpHost}${path}`;
  }

  /** The URL of a stream over "http", "ws", "https" or "wss". */
  streamUrl(name, transport = "http") {
    const host = transport.endsWith("s") && transport !== "ws" ? this.httpsHost : this.httpHost;
    return `${transport}://${host}/live/${name}.flv`;
  }

  /** The page with a stream chosen. */
  pageUrl(name, transport) {
    return this.url(`/?stream=live/${name}&transport=${transport}`);
  }

  /** All streams that the API lists. */
  async streams() {
    const response = await fetch(this.url("/api/v1/streams"));
    return (await response.json()).streams;
  }

  /** What the API says of a stream; `undefined` if nothing. */
  async stream(name) {
    return (await this.streams()).find((stream) => stream.name === name);
  }

  /** Waits until the API counts so many viewers of a stream; a stream that is gone has none. */
  async viewers(name, count, options) {
    await until(
      `${count} viewers of ${name}`,
      async () => ((await this.stream(name))?.flvgate.viewers ?? 0) === count,
      { ...options, explain: () => this.stream(name) },
    );
  }
}
