import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";
import { encodeClip } from "./harness/flv.mjs";
import { RtmpPublisher } from "./harness/rtmp.mjs";

/** The stream's clock takes every step of the publisher's, so that it may be of any age at once. */
const harness = useHarness(async () => ({ environment: { SRS_VHOST_PLAY_TIME_JITTER: "zero" } }));

/** For so long the pages have time to open before the limit, in seconds. */
const BEFORE = 25;
/** Three seconds of sound, in bytes, which is more than a decoder is ahead. */
const SOUND = 3 * 8000;
const PLAYERS = { "mpegts.js": "mpegts", "flv.js": "flvjs" };

let fixture;
let directory;
let red;
let lime;

before(async () => {
  fixture = await Fixture.start();
  await fixture.script("/mpegts.js", "node_modules/mpegts.js/dist/mpegts.js");
  await fixture.script("/flv.js", "node_modules/flv.js/dist/flv.js");
  directory = await mkdtemp(join(tmpdir(), "flvgate-"));
  red = await encodeClip(join(directory, "red.flv"), { marker: "red", seconds: BEFORE });
  lime = await encodeClip(join(directory, "lime.flv"), { marker: "lime", seconds: 20 });
});
after(async () => {
  await fixture?.stop();
  if (directory) await rm(directory, { recursive: true });
});

/** Opens a page on which another player plays `name`. */
async function openOther(script, name) {
  const library = PLAYERS[script];
  const page = fixture.page(
    `/${library}-${name}.html`,
    `<video muted></video><script src="/${script}"></script><script>
      const url = ${JSON.stringify(harness.server.streamUrl(name))};
      const player = ${library}.createPlayer({ type: "flv", isLive: true, url });
      globalThis.failures = [];
      player.on(${library}.Events.ERROR, (...what) => failures.push(what.join(" ")));
      player.attachMediaElement(document.querySelector("video"));
      player.load();
      player.play();
    </script>`,
  );
  const tab = await harness.open(page);
  return { tab, watch: await Watch.start(tab.page, () => document.querySelector("video")) };
}

async function openOwn(name) {
  const tab = await harness.open(harness.server.pageUrl(name, "ws"));
  return { tab, watch: await Watch.start(tab.page) };
}

for (const limit of [2 ** 31, 2 ** 32]) {
  test(`a camera that passes ${limit} ms plays on in mpegts.js, flv.js and here`, async () => {
    const { server } = harness;
    const name = `old${limit}`;
    const publisher = await RtmpPublisher.open(server.rtmpHost, name);
    harness.atEnd(() => publisher.end());
    // In steps that are none back in 32 bits.
    const start = limit - BEFORE * 1000;
    for (let age = 0; age < start; age += 2 ** 30)
      publisher.send(
        red.filter((tag) => tag.timestamp < 900),
        age,
      );
    const published = publisher.play(red, start).then(() => publisher.play(lime, limit));
    await until("it is live", async () => (await server.stream(name))?.publish.active);
    const pages = await Promise.all([openOther("mpegts.js", name), openOther("flv.js", name), openOwn(name)]);
    for (const { watch } of pages) await watch.moves(MARKERS.red, { count: 10 });
    await Promise.all(
      pages.map(async ({ watch }) => {
        await watch.moves(MARKERS.lime, { count: 5, timeout: 60_000 });
        // The picture alone may go on for a while.
        const { audioBytes } = await watch.state();
        await until("sound goes on", async () => (await watch.state()).audioBytes > audioBytes + SOUND, {
          explain: () => watch.state(),
        });
        await watch.moves(MARKERS.lime, { count: 100, timeout: 60_000 });
      }),
    );
    for (const { tab, watch } of pages) {
      const times = (await watch.frames()).map(({ mediaTime }) => mediaTime);
      const steps = times.slice(1).map((time, index) => time - times[index]);
      assert.ok(Math.min(...steps) >= 0, "the playhead went back");
      assert.ok(times.at(-1) < BEFORE + 30, `at ${times.at(-1)} s`);
      assert.deepEqual(await tab.page.evaluate(() => globalThis.failures ?? []), []);
      tab.assertClean();
    }
    publisher.end();
    await published;
  });
}
