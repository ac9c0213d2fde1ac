/** Playing by the browser's decoders, without a buffer between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MARKERS, TRANSPORTS, Watch, until, useHarness } from "./harness.mjs";

const harness = useHarness();

const open = (src) => harness.openOwn(`<flv-player src="${src}" mode="webcodecs" autoplay></flv-player>`);

const statsOf = (tab) => tab.page.evaluate(() => document.querySelector("flv-player").stats);

for (const transport of TRANSPORTS) {
  test(`picture and sound come from the decoders over ${transport}`, async () => {
    const { server } = harness;
    await harness.publish(`direct-${transport}`).live();
    const tab = await open(server.streamUrl(`direct-${transport}`, transport));
    const watch = await Watch.start(tab.page);
    await watch.moves(MARKERS.red, { count: 25 });
    const played = await tab.page.evaluate(() => {
      const { video } = document.querySelector("flv-player");
      const kinds = video.srcObject.getTracks().map(({ kind, readyState }) => `${kind} ${readyState}`);
      return { kinds: kinds.sort(), audio: video.webkitAudioDecodedByteCount };
    });
    assert.deepEqual(played.kinds, ["audio live", "video live"]);
    const { latency, decodedFrames, droppedFrames } = await statsOf(tab);
    assert.ok(latency < 0.3, `latency ${latency}`);
    assert.ok(decodedFrames > 25 && droppedFrames < decodedFrames, `${decodedFrames}, ${droppedFrames}`);
    await tab.page.evaluate(() => document.querySelector("flv-player").stop());
    await server.viewers(`direct-${transport}`, 0);
    assert.equal(await tab.page.evaluate(() => document.querySelector("flv-player").video.srcObject), null);
    tab.assertClean();
  });
}

test("a publisher that is killed comes back into the same picture", async () => {
  const { server } = harness;
  const first = harness.publish("again");
  await first.live();
  const tab = await open(server.streamUrl("again"));
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red, { count: 10 });
  await first.kill();
  const { shown } = await watch.state();
  await harness.publish("again", { marker: "blue" }).live();
  await watch.moves(MARKERS.blue, { from: shown });
  tab.assertClean();
});

test("a browser without WebCodecs plays by Media Source Extensions, and is told", async () => {
  const { server } = harness;
  await harness.publish("without").live();
  const tab = await harness.open(null);
  await tab.page.addInitScript(() => {
    delete globalThis.VideoDecoder;
  });
  await tab.page.goto(server.url("/"));
  await tab.page.evaluate((src) => {
    document.body.innerHTML = `<flv-player src="${src}" mode="webcodecs" autoplay muted></flv-player>`;
  }, server.streamUrl("without"));
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red);
  const [warning] = await until("the warning", async () => {
    const told = await tab.told("warning");
    return told.length > 0 && told;
  });
  assert.equal(warning.code, "webcodecs-unsupported");
});

test("G.711, which Media Source Extensions refuse, is heard", async () => {
  const { server } = harness;
  await harness.publish("telephone", { output: ["-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1"] }).live();
  const tab = await open(server.streamUrl("telephone"));
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red);
  const kinds = await tab.page.evaluate(() => {
    const { video } = document.querySelector("flv-player");
    return video.srcObject.getTracks().map(({ kind }) => kind);
  });
  assert.deepEqual(kinds.sort(), ["audio", "video"]);
  assert.equal((await statsOf(tab)).audioCodec, "alaw");
  assert.deepEqual(await tab.told("warning", "error"), []);
  tab.assertClean();
});
