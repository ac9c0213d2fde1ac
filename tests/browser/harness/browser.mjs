/** Chromium, and pages whose errors count. */
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const SWITCHES = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** The player's own events that are kept for the tests. */
const EVENTS = ["statechange", "discontinuity", "warning", "error"];

/** Runs in each page before its own scripts. */
function noteEvents(types) {
  globalThis.told = [];
  for (const type of types) {
    const note = ({ detail, target }) => {
      if (target?.localName !== "flv-player") return;
      const { code, message, fatal, state, jumpMs } = detail ?? {};
      globalThis.told.push({ type, code, message, fatal, state, jumpMs });
    };
    // The events do not bubble; what is captured at the window needs no bubbling.
    addEventListener(type, note, true);
  }
}

export async function launchBrowser({ switches = [] } = {}) {
  const executablePath = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
  return await chromium.launch({ executablePath, args: [...SWITCHES, ...switches] });
}

/** A page in a context of its own, with every error that it reported. */
export class Tab {
  constructor(page) {
    this.page = page;
    this.errors = [];
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.errors.push(`uncaught: ${error.message}`));
    page.on("crash", () => this.errors.push("the page crashed"));
  }

  static async open(browser, url, { viewport = { width: 1280, height: 800 }, ...options } = {}) {
    const context = await browser.newContext({ viewport, ...options });
    const page = await context.newPage();
    await page.addInitScript(noteEvents, EVENTS);
    const tab = new Tab(page);
    if (url) await page.goto(url);
    return tab;
  }

  /** What the players of the page told, of those types. */
  async told(...types) {
    return await this.page.evaluate(
      (wanted) => globalThis.told.filter(({ type }) => wanted.includes(type)),
      types,
    );
  }

  /** Fails if the page has reported an error that none of the patterns `allowed` describes. */
  assertClean(...allowed) {
    const unexpected = this.errors.filter((text) => !allowed.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], "errors in the page's console");
  }

  async close() {
    await this.page.context().close();
  }
}
