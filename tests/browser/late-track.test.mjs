/** A track that the next publisher has and the last one had not, as pages that watch already get it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MARKERS, TRANSPORTS, Watch, until, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";
import { Publisher } from "./harness/publisher.mjs";
import { Server } from "./harness/server.mjs";

const harness = useHarness();
/** One whose `late_track` ends bodies. */
let ending;
let fixture;

before(async () => {
  ending = await Server.start({ environment: { SRS_VHOST_HTTP_REMUX_LATE_TRACK: "end" } });
  fixture = await Fixture.start();
  await fixture.script("/mpegts.js", "node_modules/mpegts.js/dist/mpegts.js");
  await fixture.script("/flv.js", "node_modules/flv.js/dist/flv.min.js");
});
after(async () => {
  await fixture?.stop();
  await ending?.stop();
});

const servers = { send: () => harness.server, end: () => ending };

for (const [lateTrack, server] of Object.entries(servers)) {
  for (const transport of TRANSPORTS) {
    test(`the player's page gets sound that comes late over ${transport}, late_track ${lateTrack}`, async () => {
      const name = `sound-${lateTrack}-${transport}`;
      const silent = await publish(server(), name, { output: ["-an"] });
      const tab = await harness.open(server().pageUrl(name, transport));
      const watch = await Watch.start(tab.page);
      await watch.moves(MARKERS.red);
      assert.equal((await watch.state()).audioBytes, 0);

      await replace(silent, { marker: "lime" });
      await watch.moves(MARKERS.lime, { count: 25 });
      await until("sound is decoded", async () => (await watch.state()).audioBytes > 0);
      await assertUndisturbed(tab, lateTrack);
    });
  }

  test(`the player's page gets a picture that comes late, late_track ${lateTrack}`, async () => {
    const name = `picture-${lateTrack}`;
    const blind = await publish(server(), name, { output: ["-vn"], frames: false });
    const tab = await harness.open(server().pageUrl(name, "http"));
    const watch = await Watch.start(tab.page);
    await until("sound is decoded", async () => (await watch.state()).audioBytes > 0);

    await replace(blind, { marker: "lime" });
    await watch.moves(MARKERS.lime, { count: 25 });
    await assertUndisturbed(tab, lateTrack);
  });
}

for (const [library, script] of [
  ["mpegts", "/mpegts.js"],
  ["flvjs", "/flv.js"],
]) {
  test(`${script.slice(1)} plays on when sound comes late, and tells the page`, async () => {
    const { page, watch } = await watchWith(library, script, { remakes: false });
    await watch.moves(MARKERS.lime, { count: 50 });
    const failures = await page.evaluate(() => globalThis.failures);
    assert.deepEqual(failures, ["MediaError MediaMSEError"]);
    assert.equal((await watch.state()).error, null);
  });

  test(`a page that makes its ${script.slice(1)} anew on an error gets sound that comes late`, async () => {
    const { page, watch } = await watchWith(library, script, { remakes: true });
    await watch.moves(MARKERS.lime, { count: 25 });
    await until("sound is decoded", async () => (await watch.state()).audioBytes > 0);
    assert.equal((await page.evaluate(() => globalThis.failures)).length, 1);
  });
}

/** A page that plays with another player a stream whose next publisher has sound. */
async function watchWith(library, script, { remakes }) {
  const name = `${library}-${remakes}`;
  const silent = await publish(harness.server, name, { output: ["-an"] });
  const tab = await harness.open(
    fixture.page(
      `/${name}.html`,
      `<video muted></video><script src="${script}"></script><script>
        const url = ${JSON.stringify(harness.server.streamUrl(name))};
        const video = document.querySelector("video");
        globalThis.failures = [];
        function play() {
          const player = ${library}.createPlayer({ type: "flv", isLive: true, url });
          player.on(${library}.Events.ERROR, (type, detail) => {
            failures.push(type + " " + detail);
            if (${remakes}) setTimeout(() => { player.destroy(); play(); });
          });
          player.attachMediaElement(video);
          player.load();
          player.play();
        }
        play();
      </script>`,
    ),
  );
  const watch = await Watch.start(tab.page, () => document.querySelector("video"));
  await watch.moves(MARKERS.red);
  await replace(silent, { marker: "lime" });
  return { page: tab.page, watch };
}

async function publish(server, name, options) {
  const publisher = new Publisher(server, name, options);
  harness.atEnd(() => publisher.kill());
  if (options.frames ?? true) return publisher.live().then(() => publisher);
  await until(`${name} is live`, async () => (await server.stream(name))?.publish.active);
  return publisher;
}

/** Another publisher, with both tracks, in place of one that is killed. */
async function replace(publisher, options) {
  await publisher.kill();
  await publisher.gone();
  await publish(publisher.server, publisher.name, { ...options, frames: false });
}

/** No error, and a new connection only where bodies end for the track. */
async function assertUndisturbed(tab, lateTrack) {
  assert.deepEqual(await tab.told("error"), []);
  const states = (await tab.told("statechange")).map(({ state }) => state);
  const reconnects = states.filter((state) => state === "reconnecting").length;
  assert.equal(reconnects, lateTrack === "end" ? 1 : 0, `states: ${states}`);
  tab.assertClean();
}
