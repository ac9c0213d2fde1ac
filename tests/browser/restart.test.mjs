import assert from "node:assert/strict";
import { test } from "node:test";
import { MARKERS, TRANSPORTS, Watch, now, until, useHarness } from "./harness.mjs";

const harness = useHarness();

/** One GOP and a second, in milliseconds. */
const RECOVERY_MAX = 2000;

for (const transport of TRANSPORTS) {
  test(`a publisher that is killed comes back into the same picture over ${transport}`, async (t) => {
    const { server } = harness;
    let publisher = harness.publish("restart", { marker: "red" });
    await publisher.live();
    const { tab, watch } = await openMarked(server.pageUrl("restart", transport));
    await watch.moves(MARKERS.red);

    for (const marker of ["lime", "blue"]) {
      await publisher.kill();
      const before = await publisher.gone();
      publisher = harness.publish("restart", { marker });
      await publisher.live(before);
      const since = now();
      const frames = await watch.moves(MARKERS[marker]);
      const [first, moving] = [frames[0].at - since, frames[4].at - since].map(Math.round);
      t.diagnostic(`${transport}: first frame after ${first} ms, moving after ${moving} ms`);
      assert.ok(
        moving < RECOVERY_MAX,
        `moving pictures only ${moving} ms after the publisher's first frames`,
      );
    }

    await assertSounds(watch);
    await assertWentOn(tab, watch);
    const states = (await tab.told("statechange")).map(({ state }) => state);
    assert.ok(!states.includes("reconnecting") && !states.includes("failed"), `states: ${states}`);
    assert.deepEqual(await tab.told("error"), []);
    tab.assertClean();
  });

  test(`a server that is stopped and started again plays on over ${transport}`, async () => {
    const { server } = harness;
    const publisher = harness.publish("outage", { marker: "red" });
    await publisher.live();
    const { tab, watch } = await openMarked(server.pageUrl("outage", transport));
    await watch.moves(MARKERS.red);

    await server.stop();
    await publisher.kill();
    await server.start();
    await harness.publish("outage", { marker: "lime" }).live();
    await watch.moves(MARKERS.lime, { timeout: 20_000 });

    await assertWentOn(tab, watch);
    assert.deepEqual(
      (await tab.told("error")).filter(({ fatal }) => fatal),
      [],
    );
    // The browser itself reports what it could not connect to, and what is not there yet.
    tab.assertClean(/Failed to load resource/, /WebSocket connection to .* failed/, /net::ERR_/);
  });
}

async function openMarked(url) {
  const tab = await harness.open(url);
  await tab.page.evaluate(() => (globalThis.isSamePage = true));
  return { tab, watch: await Watch.start(tab.page) };
}

/** Sound is decoded, now and not only before. */
async function assertSounds(watch) {
  const { audioBytes } = await watch.state();
  await until("sound is decoded again", async () => (await watch.state()).audioBytes > audioBytes);
}

/** The page was never loaded again, and its playhead only went forward. */
async function assertWentOn(tab, watch) {
  assert.ok(await tab.page.evaluate(() => globalThis.isSamePage), "the page was loaded again");
  const times = (await watch.frames()).map(({ mediaTime }) => mediaTime);
  const back = times.findIndex((time, index) => index > 0 && time < times[index - 1]);
  assert.equal(back, -1, `the playhead went back: ${times.slice(Math.max(0, back - 2), back + 2)}`);
}
