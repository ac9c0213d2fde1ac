/** A browser by the WebDriver protocol (https://www.w3.org/TR/webdriver2/), for those that Playwright drives in builds of its own only. */
import { freePort } from "./ports.mjs";
import { Program } from "./processes.mjs";
import { until } from "./until.mjs";

/** A browser takes this long to start on a busy machine, in milliseconds. */
const START_TIMEOUT = 60_000;
/** One that has not ended by itself then is killed. */
const QUIT_TIMEOUT = 10_000;

export class WebDriver {
  #program;
  #base;
  #session;
  #atEnd = async () => undefined;

  constructor(program, base) {
    this.#program = program;
    this.#base = base;
  }

  /**
   * Starts a driver's `program` with the arguments that `args` makes for a port, and a browser with it: one that has the
   * driver's own `capabilities`.
   */
  static async start({ program, args, environment = {}, capabilities = {} }) {
    const port = await freePort();
    const env = { ...process.env, ...environment };
    const driver = new WebDriver(new Program(program, args(port), { env }), `http://127.0.0.1:${port}`);
    try {
      await until(`${program} answers`, () => driver.#isReady(), { timeout: START_TIMEOUT });
      const { sessionId, capabilities: got } = await driver.#call("POST", "/session", {
        capabilities: { alwaysMatch: capabilities },
      });
      driver.#session = `/session/${sessionId}`;
      driver.version = `${got.browserName} ${got.browserVersion}`;
    } catch (error) {
      await driver.quit();
      throw error;
    }
    return driver;
  }

  /** The end of what the driver and the browser wrote. */
  get output() {
    return this.#program.output;
  }

  /** Goes to a page, and waits until it is loaded. */
  async open(url) {
    await this.#call("POST", `${this.#session}/url`, { url });
  }

  /** Runs a function in the page; hands back what it returns, or what its promise resolves to. */
  async evaluate(action, ...args) {
    return await this.#call("POST", `${this.#session}/execute/sync`, {
      script: `return (${action}).apply(null, arguments)`,
      args,
    });
  }

  /** Does something once the browser is gone. */
  atEnd(end) {
    this.#atEnd = end;
  }

  async quit() {
    if (this.#session)
      await this.#call("DELETE", this.#session, undefined, QUIT_TIMEOUT).catch(() => undefined);
    await this.#program.end();
    await this.#atEnd();
  }

  async #isReady() {
    if (!this.#program.isRunning) throw new Error(`the driver ended:\n${this.#program.output}`);
    return await this.#call("GET", "/status").then(
      ({ ready }) => ready,
      () => false,
    );
  }

  async #call(method, path, body, timeout = START_TIMEOUT) {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
    });
    const { value } = await response.json();
    if (!response.ok)
      throw new Error(`${method} ${path}: ${value.error}: ${value.message}\n${this.#program.output}`);
    return value;
  }
}
