/** The tests that every browser passes: the demo stream plays, over each transport, and on the demo page. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Fixture } from "./fixture.mjs";
import { Program } from "./processes.mjs";
import { Publisher } from "./publisher.mjs";
import { ROOT, Server, flvgate } from "./server.mjs";
import { until } from "./until.mjs";

const TRANSPORTS = ["http", "ws"];

/**
 * How WebKitGTK ends now and then, once in a hundred pages or so on a busy machine: GLib aborts when a signal comes between its
 * two looks at `errno` (`g_check_setuid`), or the page's thread waits in GStreamer for a thread that waits for it. A player
 * that hangs would hang again.
 */
const BROWSER_FAULT = /getauxval \(\) failed|page crash or hang|aborted due to timeout/;

/** Runs in the page before the player: notes what must not happen. */
function noteTrouble() {
  globalThis.trouble = [];
  const note = (what) => globalThis.trouble.push(what);
  addEventListener("unhandledrejection", ({ reason }) => note(`rejection: ${reason}`));
  for (const type of ["error", "warning"]) {
    const noteDetail = ({ target, detail, message }) =>
      note(`${type} at ${target?.localName ?? "window"}: ${detail?.message ?? message}`);
    addEventListener(type, noteDetail, true);
  }
}

/** Runs in the page: counts the frames that the player shows, from the first call on. */
function look() {
  const player = document.querySelector("flv-player");
  const { video, stats } = player ?? {};
  if (!video) return null;
  if (!video.shown) {
    video.shown = { frames: 0 };
    const count = () => {
      video.shown.frames += 1;
      video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
  }
  return {
    frames: video.shown.frames,
    currentTime: video.currentTime,
    error: video.error?.message ?? null,
    size: [video.videoWidth, video.videoHeight],
    state: stats?.state,
    latency: stats?.latency,
    audioCodec: stats?.audioCodec,
    trouble: globalThis.trouble ?? [],
  };
}

/** Runs in the page: the picture's brightest and darkest part, which are one for a blank picture. */
function contrast() {
  const { video } = document.querySelector("flv-player");
  const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 18 });
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 32, 18);
  const { data } = context.getImageData(0, 0, 32, 18);
  const green = data.filter((_, index) => index % 4 === 1);
  return Math.max(...green) - Math.min(...green);
}

const isNear = (a, b, distance) => a.every((value, index) => Math.abs(value - b[index]) <= distance);

/** Waits until the picture has gone on by so many frames and seconds. */
async function goesOn(driver, { frames = 40, seconds = 2 } = {}) {
  const first = await until("the player has a video", () => driver.evaluate(look));
  return await until(
    `${frames} frames`,
    async () => {
      const state = await driver.evaluate(look);
      const shown = state.frames - first.frames;
      // The timeline may start anew with a new publication.
      const played = state.currentTime - (state.currentTime < first.currentTime ? 0 : first.currentTime);
      return shown >= frames && played >= seconds ? state : null;
    },
    { timeout: 30_000, every: 200, explain: () => driver.evaluate(look) },
  );
}

/** Declares the tests; `start` starts the browser. With `looksAtPicture` they look whether it shows one. */
export function testsThatItPlays(start, { looksAtPicture }) {
  let server, fixture, publisher, driver;
  const publish = () => {
    const args = ["publish", "tests/media/demo.flv", `rtmp://${server.rtmpHost}/live/demo`, "--loop"];
    publisher = new Program(flvgate(), args, { cwd: ROOT });
  };
  before(async () => {
    server = await Server.start();
    fixture = await Fixture.start();
    publish();
    driver = await start();
  });
  after(async () => {
    await driver?.quit();
    await publisher?.end();
    await fixture?.stop();
    await server?.stop();
  });

  /** A test that begins again, in another browser, if this one ends by a fault of its own. */
  const testInBrowser = (name, run) =>
    test(name, async (t) => {
      try {
        await run(t);
      } catch (error) {
        if (!BROWSER_FAULT.test(error.message)) {
          t.diagnostic(`the browser wrote: ${driver.output}`);
          throw error;
        }
        t.diagnostic(`once more in another browser: ${error.message.split("\n")[0]}`);
        await driver.quit().catch(() => {});
        driver = await start();
        await run(t);
      }
    });

  const open = async (transport, stream = "demo") => {
    const scripts = `<script>(${noteTrouble})()</script><script type="module" src="${server.url("/flvgate-player.js")}"></script>`;
    const element = `<flv-player src="${server.streamUrl(stream, transport)}" autoplay muted></flv-player>`;
    await driver.open(fixture.page("/player.html", scripts + element));
  };

  for (const transport of TRANSPORTS) {
    testInBrowser(`the demo stream plays over ${transport}`, async (t) => {
      await open(transport);
      const state = await goesOn(driver);
      t.diagnostic(`${driver.version}: latency ${state.latency.toFixed(2)} s`);
      // Its pixels are not quite square: a browser adapts the width, or the height, or neither.
      assert.ok(isNear(state.size, [854, 480], 6), `${state.size.join("x")} pixels`);
      assert.equal(state.state, "playing");
      assert.equal(state.error, null);
      assert.deepEqual(state.trouble, []);
      assert.ok(state.latency < 3, `latency ${state.latency} s`);
      if (looksAtPicture) assert.ok((await driver.evaluate(contrast)) > 50, "the picture is blank");
    });
  }

  testInBrowser("MP3 plays beside the picture", async () => {
    const encoder = new Publisher(server, "mp3", { output: ["-c:a", "libmp3lame"] });
    try {
      await encoder.live();
      await open("http", "mp3");
      const { trouble, audioCodec } = await goesOn(driver);
      assert.deepEqual([trouble, audioCodec], [[], "mp3"]);
    } finally {
      await encoder.kill();
    }
  });

  testInBrowser("a publisher that comes back is played on without an error", async () => {
    await open("http");
    await goesOn(driver, { frames: 5, seconds: 0.5 });
    await publisher.end("SIGKILL");
    publish();
    const { trouble } = await goesOn(driver, { frames: 60, seconds: 3 });
    assert.deepEqual(trouble, []);
  });

  testInBrowser("the demo page plays it", async () => {
    await driver.open(server.pageUrl("demo", "ws"));
    const { state } = await goesOn(driver);
    assert.equal(state, "playing");
  });
}
