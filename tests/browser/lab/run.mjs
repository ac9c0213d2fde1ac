/** Runs scenarios: a stream of its own for each player and transport, and a page for each player. */
import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { launchBrowser, Tab } from "../harness/browser.mjs";
import { Clips } from "./clip.mjs";
import { measure } from "./measure.mjs";
import { LabServer } from "./server.mjs";
import { Stream } from "./stream.mjs";

/** The players, each at its best. */
export const PLAYERS = {
  flvgate: { kind: "flvgate", options: {} },
  "mpegts.js": { kind: "mpegts", options: { enableStashBuffer: false } },
  "mpegts.js chasing": {
    kind: "mpegts",
    options: { enableStashBuffer: false, liveBufferLatencyChasing: true, liveSync: true },
  },
};

export const TRANSPORTS = ["http", "ws"];

/** How long a scenario runs, in seconds. */
export const SECONDS = 16;

/** Keeps all that was noted of a run in the directory that LAB_DEBUG names, if it does. */
export function keep(name, facts) {
  const directory = process.env.LAB_DEBUG;
  if (directory) writeFileSync(`${directory}/${name}.json`, JSON.stringify(facts));
}

export class Lab {
  static async start() {
    const lab = new Lab();
    [lab.server, lab.browser] = await Promise.all([LabServer.start(), launchBrowser()]);
    lab.clips = new Clips();
    return lab;
  }

  /** A page, once its scripts are there. */
  async open(csp) {
    const tab = await Tab.open(this.browser, this.server.pageUrl(csp), {
      viewport: { width: 700, height: 500 },
    });
    await tab.page.waitForFunction(() => globalThis.lab !== undefined);
    return tab;
  }

  /** Plays for a moment, so that the player's code is loaded and running when it counts. */
  async warm(page, player) {
    const plain = { plan: async (clips) => ({ tags: await clips.tags() }) };
    const end = await this.begin(page, plain, player, "http");
    await pause(700);
    await end(1);
  }

  /** Begins a scenario with a player in a page; hands back what ends it, with the facts. */
  async begin(page, scenario, { kind, options }, transport) {
    const stream = new Stream(await scenario.plan(this.clips));
    const url = this.server.publish(stream, transport);
    const id = url;
    await page.evaluate(([...what]) => globalThis.lab.start(...what), [id, kind, url, options]);
    return async (seconds) => {
      const report = await page.evaluate((cell) => globalThis.lab.collect(cell), id);
      return { ...measure(report, stream, { ...scenario, seconds }), transport };
    };
  }

  /** Runs a scenario with one player over all transports at once. */
  async run(scenario, player) {
    const tab = await this.open(scenario.csp);
    try {
      // What it takes to make a recording is no part of the player's time.
      await scenario.plan(this.clips);
      const transports = scenario.transports ?? TRANSPORTS;
      const ends = await Promise.all(
        transports.map((transport) => this.begin(tab.page, scenario, player, transport)),
      );
      const seconds = scenario.seconds ?? SECONDS;
      await Promise.all([scenario.act?.(tab.page), pause(seconds * 1000)]);
      return await Promise.all(ends.map((end) => end(seconds)));
    } finally {
      await tab.close();
    }
  }

  async stop() {
    await this.browser?.close();
    await this.server?.stop();
    await this.clips?.stop();
  }
}
