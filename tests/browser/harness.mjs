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

  /** Opens a page of the server's own, with the player's script and that body. */
  async openOwn(body) {
    const tab = await this.open(null);
    // What a test makes up does not count as local, so it would have to ask the user for the local network.
    await tab.page.context().grantPermissions(["local-network-access"]);
    await tab.page.route("**/own.html", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="favicon.svg">
          <script type="module" src="flvgate-player.js"></script>${body}`,
      }),
    );
    await tab.page.goto(this.server.url("/own.html"));
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
