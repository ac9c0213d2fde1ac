/** A server, a browser, and what a test starts beside them; the end of the test ends it all. */
import { after, afterEach, before } from "node:test";
import { launchBrowser, Tab } from "./harness/browser.mjs";
import { Publisher } from "./harness/publisher.mjs";
import { Server } from "./harness/server.mjs";

export { BARS, Watch, isColour } from "./harness/watch.mjs";
export { MARKERS } from "./harness/publisher.mjs";
export { now, until } from "./harness/until.mjs";

export const TRANSPORTS = ["http", "ws"];

/** Shared by the tests of one file. */
export class Harness {
  /** @type {Server} */
  server;
  browser;
  #toEnd = [];

  /** Publishes until the end of the test. */
  publish(name, options) {
    const publisher = new Publisher(this.server, name, options);
    this.atEnd(() => publisher.kill());
    return publisher;
  }

  /** Opens a page until the end of the test. */
  async open(url, options) {
    const tab = await Tab.open(this.browser, url, options);
    this.atEnd(() => tab.close());
    return tab;
  }

  /** Does something at the end of the test, last first. */
  atEnd(end) {
    this.#toEnd.push(end);
  }

  async endTest() {
    for (const end of this.#toEnd.splice(0).reverse()) await end();
  }
}

/** One server and one browser for the tests of a file; `options` makes the server's, before all. */
export function useHarness(options = async () => ({})) {
  const harness = new Harness();
  before(async () => {
    harness.server = await Server.start(await options());
    harness.browser = await launchBrowser();
  });
  afterEach(async () => {
    await harness.endTest();
  });
  after(async () => {
    await harness.browser?.close();
    await harness.server?.stop();
  });
  return harness;
}
