import assert from "node:assert/strict";
import { test } from "node:test";
import { BARS, MARKERS, TRANSPORTS, Watch, isColour, until, useHarness } from "./harness.mjs";

const harness = useHarness();

for (const transport of TRANSPORTS) {
  test(`a live stream plays over ${transport}, with its picture and its sound`, async () => {
    const { server } = harness;
    await harness.publish("bars").live();
    const tab = await harness.open(server.pageUrl("bars", transport));
    const watch = await Watch.start(tab.page);
    await watch.moves(MARKERS.red, { count: 10 });

    const colours = await watch.bars();
    for (const [index, expected] of BARS.entries()) {
      assert.ok(isColour(colours[index], expected), `bar ${index} is ${colours[index]}, not ${expected}`);
    }
    const before = await watch.state();
    await until("frames and sound are decoded", async () => {
      const { frames, audioBytes } = await watch.state();
      return frames >= before.frames + 25 && audioBytes > before.audioBytes;
    });
    const stats = await tab.page.evaluate(() => document.querySelector("flv-player").stats);
    assert.equal(stats.transport, transport === "ws" ? "websocket-flv" : "http-flv");
    assert.match(stats.videoCodec, /^avc1\./);
    assert.equal(stats.audioCodec, "mp4a.40.2");
    assert.deepEqual([stats.width, stats.height, stats.sampleRate, stats.channels], [320, 180, 44100, 2]);
    assert.ok(stats.latency > 0 && stats.latency < 3, `latency ${stats.latency} s`);
    assert.ok(await tab.page.isHidden(".notice"), "a message covers the picture");
    tab.assertClean();
  });
}
