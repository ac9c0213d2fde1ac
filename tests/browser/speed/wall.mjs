/** What a wall of players costs the page's thread. */
import { setTimeout as pause } from "node:timers/promises";
import { join } from "node:path";
import { Tab, launchBrowser } from "../harness/browser.mjs";
import { Fixture } from "../harness/fixture.mjs";
import { Program } from "../harness/processes.mjs";
import { ROOT, Server, flvgate } from "../harness/server.mjs";
import { until } from "../harness/until.mjs";
import { media } from "./media.mjs";

/** Players fill their buffers and find their distance to the live edge in this time, in seconds. */
const SETTLE = 8;

/** Pages with `count` players of a URL, by name; the first is flvgate's as it is used by default. */
const PAGES = {
  "flvgate (in a worker)": (url, count) => elements(url, count, "flvgate-player.js", ""),
  "flvgate (on the page's thread)": (url, count) =>
    elements(url, count, "flvgate-player.js", 'worker="false"'),
  "mpegts.js": (url, count) => mpegts(url, count, {}),
  "mpegts.js without its stash": (url, count) => mpegts(url, count, { enableStashBuffer: false }),
};

function elements(url, count, script, attributes) {
  const element = `<flv-player src="${url}" autoplay muted style="width: 240px" ${attributes}></flv-player>`;
  return `<script type="module" src="/dist/${script}"></script>${element.repeat(count)}`;
}

function mpegts(url, count, config) {
  const video = '<video muted style="width: 240px"></video>';
  return `${video.repeat(count)}<script src="/mpegts.js"></script><script>
    mpegts.LoggingControl.enableAll = false;
    for (const video of document.querySelectorAll("video")) {
      const source = { type: "flv", isLive: true, url: ${JSON.stringify(url)} };
      const player = mpegts.createPlayer(source, ${JSON.stringify(config)});
      player.attachMediaElement(video);
      player.load();
      player.play();
    }
  </script>`;
}

/** Runs in the page: how many frames its players have decoded. */
function framesOf() {
  const videos = [...document.querySelectorAll("flv-player")].map(({ video }) => video);
  const all = videos.length > 0 ? videos : [...document.querySelectorAll("video")];
  return all.reduce((sum, video) => sum + (video?.getVideoPlaybackQuality().totalVideoFrames ?? 0), 0);
}

/** Measures each page for so many seconds: seconds of CPU time a second, of tasks in all and of scripts, and frames. */
export async function measureWall({ players, seconds }) {
  const server = await Server.start();
  const fixture = await Fixture.start();
  await fixture.directory("/dist/", join(ROOT, "web/dist"));
  await fixture.script("/mpegts.js", "node_modules/mpegts.js/dist/mpegts.js");
  const { path } = await media("wall");
  const url = `rtmp://${server.rtmpHost}/live/wall`;
  const publisher = new Program(flvgate(), ["publish", path, url, "--loop"]);
  try {
    await until("the stream is live", async () => (await server.stream("wall"))?.publish.active);
    const results = [];
    for (const [name, body] of Object.entries(PAGES)) {
      // Over WebSocket: a browser opens no more than six HTTP connections.
      const page = fixture.page("/wall.html", body(server.streamUrl("wall", "ws"), players));
      results.push({ name, ...(await measure(page, players, seconds)) });
    }
    return results;
  } finally {
    await publisher.end();
    await fixture.stop();
    await server.stop();
  }
}

async function measure(page, players, seconds) {
  const browser = await launchBrowser();
  try {
    const tab = await Tab.open(browser, page);
    const cdp = await tab.page.context().newCDPSession(tab.page);
    // CPU time of the thread: on a busy machine a task takes longer than it works.
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await until("all play", async () => (await tab.page.evaluate(framesOf)) > 10 * players, {
      timeout: 30_000,
    });
    await pause(SETTLE * 1000);
    const [before, after] = [
      await sample(cdp, tab.page),
      (await pause(seconds * 1000), await sample(cdp, tab.page)),
    ];
    const elapsed = after.at - before.at;
    const rate = (what) => (after[what] - before[what]) / elapsed;
    return { busy: rate("TaskDuration"), script: rate("ScriptDuration"), frames: rate("frames") };
  } finally {
    await browser.close();
  }
}

async function sample(cdp, page) {
  const frames = await page.evaluate(framesOf);
  const { metrics } = await cdp.send("Performance.getMetrics");
  return {
    at: performance.now() / 1000,
    frames,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  };
}
