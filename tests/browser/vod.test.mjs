/** Recordings in a page: mpegts.js seeks in them, over all the ways that it knows. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";
import { Program } from "./harness/processes.mjs";
import { CODECS, source } from "./harness/publisher.mjs";

const directory = mkdtempSync(join(tmpdir(), "flvgate-vod-"));
const harness = useHarness(async () => ({ environment: { SRS_HTTP_SERVER_DIR: directory } }));
const SECONDS = 90;
let fixture;

before(async () => {
  fixture = await Fixture.start();
  await fixture.script("/mpegts.js", "node_modules/mpegts.js/dist/mpegts.js");
  // Large enough not to be fetched at once.
  const size = [
    "-b:v",
    "2M",
    "-minrate",
    "2M",
    "-maxrate",
    "2M",
    "-bufsize",
    "1M",
    "-x264-params",
    "nal-hrd=cbr",
  ];
  const encoder = new Program("ffmpeg", [
    ...["-v", "error", "-nostdin", ...source("lime"), ...CODECS, ...size, "-t", `${SECONDS}`],
    ...["-flvflags", "add_keyframe_index", join(directory, "recording.flv")],
  ]);
  await until("the recording is made", () => !encoder.isRunning, { timeout: 60_000 });
  assert.equal(encoder.output, "");
});
after(async () => {
  await fixture?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function page(name, url, config) {
  return fixture.page(
    name,
    `<video muted></video><script src="/mpegts.js"></script><script>
      const source = { type: "flv", isLive: false, url: ${JSON.stringify(url)} };
      const player = mpegts.createPlayer(source, ${JSON.stringify(config)});
      globalThis.failures = [];
      player.on(mpegts.Events.ERROR, (...what) => failures.push(what.join(" ")));
      player.attachMediaElement(document.querySelector("video"));
      player.load();
      player.play();
    </script>`,
  );
}

for (const seekType of ["range", "param"]) {
  test(`mpegts.js seeks in a recording by ${seekType}`, async () => {
    const { server } = harness;
    const url = server.url("/recording.flv");
    const config = { seekType, lazyLoadMaxDuration: 5, lazyLoadRecoverDuration: 2 };
    const tab = await harness.open(page(`/${seekType}.html`, url, config));
    const asked = [];
    tab.page.on("request", (request) => asked.push(request));
    const watch = await Watch.start(tab.page, () => document.querySelector("video"));
    await watch.moves(MARKERS.lime, { count: 10 });
    const duration = await tab.page.evaluate(() => document.querySelector("video").duration);
    assert.ok(Math.abs(duration - SECONDS) < 1, `lasts ${duration} s`);

    const shown = (await watch.state()).shown;
    await tab.page.evaluate(() => (document.querySelector("video").currentTime = 70.5));
    const frames = await watch.moves(MARKERS.lime, { count: 10, from: shown + 1 });
    const last = frames.at(-1).mediaTime;
    assert.ok(last >= 70.4 && last < 75, `shows ${last} s`);
    const headers = await Promise.all(asked.map((request) => request.allHeaders()));
    const parts = asked.filter(
      (request, index) => headers[index].range?.match(/^bytes=[1-9]/) || /bstart=[1-9]/.test(request.url()),
    );
    assert.ok(parts.length > 0, "no part was asked for");
    for (const part of parts) assert.equal((await part.response()).status(), 206);
    assert.deepEqual(await tab.page.evaluate(() => globalThis.failures), []);
    tab.assertClean();
  });
}

test("mpegts.js plays a recording from a time on", async () => {
  const url = harness.server.url("/recording.flv?start=60.5s");
  const tab = await harness.open(page("/start.html", url, {}));
  const watch = await Watch.start(tab.page, () => document.querySelector("video"));
  const frames = await watch.moves(MARKERS.lime, { count: 25 });
  assert.ok(frames.length >= 25);
  assert.ok((await watch.state()).audioBytes > 0, "no sound is decoded");
  assert.deepEqual(await tab.page.evaluate(() => globalThis.failures), []);
  tab.assertClean();
});
