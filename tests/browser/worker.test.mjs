/** The player in its worker, which a page of the server's own gets; other tests of pages of another origin do without. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";

const harness = useHarness();

/** Opens a page of the server's own with one player in it. */
const open = (name, attributes = "autoplay muted") =>
  harness.openOwn(`<flv-player src="${harness.server.streamUrl(name)}" ${attributes}></flv-player>`);

const sourceOf = (tab) =>
  tab.page.evaluate(() => document.querySelector("flv-player").video.srcObject?.constructor.name);

test("a page that is busy does not starve its player's buffer", async () => {
  await harness.publish("busy").live();
  const tab = await open("busy");
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red, { count: 25 });
  assert.equal(await sourceOf(tab), "MediaSourceHandle");
  assert.equal(tab.page.workers().length, 1);
  const [before, after] = await tab.page.evaluate(() => {
    const { video } = document.querySelector("flv-player");
    const frames = () => video.getVideoPlaybackQuality().totalVideoFrames;
    const first = frames();
    const end = performance.now() + 2000;
    while (performance.now() < end);
    return [first, frames()];
  });
  // Two seconds at 25 frames a second; without a worker, what was buffered before is all there is.
  assert.ok(after - before > 30, `${after - before} frames while the page was busy`);
  tab.assertClean();
});

test("the worker's player is driven from the page", async () => {
  const { server } = harness;
  await harness.publish("driven").live();
  const tab = await open("driven", "muted");
  const player = await tab.page.$("flv-player");
  await player.evaluate((element) => element.play());
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red);
  await until("statistics", () => player.evaluate((element) => element.stats?.decodedFrames > 0));

  await player.evaluate((element) => element.pause());
  const paused = await watch.state();
  await until("media that waits", () => player.evaluate((element) => element.stats.latency > 2));
  assert.equal((await watch.state()).currentTime, paused.currentTime);
  await player.evaluate((element) => element.play());
  await until("the live edge again", () => player.evaluate((element) => element.stats.latency < 1));

  await player.evaluate((element) => element.stop());
  await server.viewers("driven", 0);
  assert.equal(await sourceOf(tab), undefined);
  await player.evaluate((element) => element.play());
  await server.viewers("driven", 1);
  await tab.page.evaluate(() => document.querySelector("flv-player").remove());
  await server.viewers("driven", 0);
  tab.assertClean();
});

test("one worker is enough for all players of a page", async () => {
  await harness.publish("shared").live();
  const tab = await open("shared");
  await tab.page.evaluate(() => {
    const [player] = document.querySelectorAll("flv-player");
    for (let count = 1; count < 4; count += 1) document.body.append(player.cloneNode());
  });
  const frames = () =>
    tab.page.evaluate(() =>
      [...document.querySelectorAll("flv-player")].map(
        ({ video }) => video?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
      ),
    );
  await until("four pictures", async () => {
    const counts = await frames();
    return counts.length === 4 && counts.every((count) => count > 10);
  });
  assert.equal(tab.page.workers().length, 1);
  tab.assertClean();
});

test("without a worker's script the player runs on the page's thread", async () => {
  await harness.publish("alone").live();
  const tab = await open("alone", 'autoplay muted worker="false"');
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red);
  assert.equal(tab.page.workers().length, 0);
  assert.equal(await sourceOf(tab), undefined);
  tab.assertClean();
});
