import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MARKERS, TRANSPORTS, Watch, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";

const harness = useHarness();
let fixture;

before(async () => {
  fixture = await Fixture.start();
  await fixture.script("/mpegts.js", "node_modules/mpegts.js/dist/mpegts.js");
});
after(() => fixture?.stop());

for (const transport of TRANSPORTS) {
  test(`mpegts.js on a page of another origin plays over ${transport}`, async () => {
    const { server } = harness;
    await harness.publish("interop").live();
    const page = fixture.page(
      "/mpegts.html",
      `<video muted></video><script src="/mpegts.js"></script><script>
        const url = ${JSON.stringify(server.streamUrl("interop", transport))};
        const player = mpegts.createPlayer({ type: "flv", isLive: true, url });
        globalThis.failures = [];
        player.on(mpegts.Events.ERROR, (...what) => failures.push(what.join(" ")));
        player.attachMediaElement(document.querySelector("video"));
        player.load();
        player.play();
      </script>`,
    );
    const tab = await harness.open(page);
    const watch = await Watch.start(tab.page, () => document.querySelector("video"));
    await watch.moves(MARKERS.red, { count: 25 });
    assert.ok((await watch.state()).audioBytes > 0, "no sound is decoded");
    assert.deepEqual(await tab.page.evaluate(() => globalThis.failures), []);
    tab.assertClean();
  });
}
