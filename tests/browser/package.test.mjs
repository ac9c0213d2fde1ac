/** The package's files, each used as a page would use it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";

const harness = useHarness();
let fixture;

before(async () => (fixture = await Fixture.start()));
after(() => fixture?.stop());

const video = () => document.querySelector("video");

/** Publishes `name`, and opens a page with that body, in which FILE( and STREAM stand for URLs. */
async function open(name, body, { publish = true } = {}) {
  const { server } = harness;
  if (publish) await harness.publish(name).live();
  const filled = body
    .replaceAll(/FILE\(([\w./-]+)\)/g, (_, file) => server.url(`/${file}`))
    .replaceAll("STREAM", server.streamUrl(name));
  return await harness.open(fixture.page("/page.html", filled));
}

test("the engine plays on a video of the page's own, and leaves it as it was", async () => {
  const tab = await open(
    "engine",
    `<video muted></video><script type="module">
      import { Player } from "FILE(engine.js)";
      globalThis.heard = [];
      globalThis.hasElement = customElements.get("flv-player") !== undefined;
      globalThis.player = new Player({ autoplay: true })
        .on("state", ({ state }) => heard.push(state))
        .on("tracks", ({ video }) => heard.push(video.codec.slice(0, 4)))
        .attach(document.querySelector("video"))
        .load("STREAM");
    </script>`,
  );
  const watch = await Watch.start(tab.page, video);
  await watch.moves(MARKERS.red, { count: 10 });
  const heard = await tab.page.evaluate(() => [globalThis.hasElement, ...globalThis.heard]);
  assert.deepEqual(heard, [false, "connecting", "avc1", "playing"]);
  const latency = await tab.page.evaluate(() => globalThis.player.latency);
  assert.ok(latency > 0 && latency < 5, `latency ${latency}`);
  await tab.page.evaluate(() => globalThis.player.destroy());
  await harness.server.viewers("engine", 0);
  assert.equal(await tab.page.evaluate(() => document.querySelector("video").src), "");
  tab.assertClean();
});

test("a player goes from one video to another with what it plays", async () => {
  const tab = await open(
    "moves",
    `<video id="first" muted></video><video id="second" muted></video><script type="module">
      import { Player } from "FILE(engine.js)";
      globalThis.player = new Player({ autoplay: true }).attach(document.querySelector("#first"));
      player.load("STREAM");
    </script>`,
  );
  const first = await Watch.start(tab.page, video);
  await first.moves(MARKERS.red);
  await tab.page.evaluate(() => {
    globalThis.shown = [];
    globalThis.player.attach(document.querySelector("#second"));
  });
  const second = await Watch.start(tab.page, () => document.querySelector("#second"));
  await second.moves(MARKERS.red);
  await harness.server.viewers("moves", 1);
  tab.assertClean();
});

for (const [file, type] of [
  ["inline.js", 'type="module"'],
  ["flvgate-player.iife.js", ""],
]) {
  test(`${file} needs no other file`, async () => {
    const requested = [];
    const body = `<script ${type} src="FILE(${file})"></script><flv-player src="STREAM" autoplay muted></flv-player>`;
    await harness.publish("alone").live();
    const tab = await open("alone", body, { publish: false });
    tab.page.on("request", (request) => requested.push(request.url()));
    await tab.page.reload();
    const watch = await Watch.start(tab.page);
    await watch.moves(MARKERS.red);
    assert.deepEqual(
      requested.filter((url) => url.endsWith(".wasm")),
      [],
    );
    tab.assertClean();
  });
}

test("the classic script gives the page the player's classes", async () => {
  const tab = await open("classes", `<script src="FILE(flvgate-player.iife.js)"></script>`, {
    publish: false,
  });
  const known = await tab.page.evaluate(() => Object.keys(globalThis.flvgate).sort());
  for (const name of ["FlvPlayerElement", "Player", "init", "isSupported"])
    assert.ok(known.includes(name), name);
});

test("a page that was written for flv.js changes one import", async () => {
  const tab = await open(
    "adapted",
    `<video muted></video><script type="module">
      import flvjs from "FILE(flv.js)";
      globalThis.heard = [];
      flvjs.LoggingControl.enableVerbose = false;
      if (flvjs.isSupported()) {
        const player = flvjs.createPlayer({ type: "flv", isLive: true, url: "STREAM" }, { enableStashBuffer: false });
        for (const event of Object.values(flvjs.Events)) player.on(event, (...values) => heard.push([event, values]));
        player.attachMediaElement(document.querySelector("video"));
        player.load();
        player.play();
        globalThis.player = player;
      }
    </script>`,
  );
  const watch = await Watch.start(tab.page, video);
  await watch.moves(MARKERS.red);
  const heard = async (event) =>
    await tab.page.evaluate((type) => globalThis.heard.find(([name]) => name === type)?.[1], event);
  const [info] = await until("media_info", () => heard("media_info"));
  assert.equal(info.width, 320);
  assert.match(info.mimeType, /^video\/x-flv; codecs="avc1\.\w+,mp4a\.40\.2"$/);
  const [statistics] = await until("statistics_info", () => heard("statistics_info"));
  assert.ok(statistics.decodedFrames > 0);
  await tab.page.evaluate(() => globalThis.player.destroy());
  assert.ok(await heard("destroying"));
  await harness.server.viewers("adapted", 0);
  tab.assertClean();
});

test("what ends playback is told as flv.js tells it", async () => {
  const tab = await open(
    "missing",
    `<video muted></video><script type="module">
      import { createPlayer, Events } from "FILE(flv.js)";
      const player = createPlayer({ type: "flv", url: "STREAM" }, { reconnect: false });
      player.on(Events.ERROR, (...values) => (globalThis.failure = values));
      player.attachMediaElement(document.querySelector("video"));
      player.load();
    </script>`,
    { publish: false },
  );
  const failure = await until("the error", () => tab.page.evaluate(() => globalThis.failure));
  assert.deepEqual(failure.slice(0, 2), ["NetworkError", "HttpStatusCodeInvalid"]);
});

test("a video in the element's slot is the one that plays", async () => {
  const tab = await open(
    "slotted",
    `<script type="module" src="FILE(flvgate-player.js)"></script>
     <flv-player src="STREAM" autoplay muted><video slot="media" id="mine"></video></flv-player>`,
  );
  const watch = await Watch.start(tab.page, () => document.querySelector("#mine"));
  await watch.moves(MARKERS.red);
  const same = await tab.page.evaluate(() => {
    const element = document.querySelector("flv-player");
    return element.video === document.querySelector("#mine") && element.muted && !element.paused;
  });
  assert.ok(same);
  tab.assertClean();
});

test("the element has all that a video element has", async () => {
  const tab = await open(
    "complete",
    `<script type="module" src="FILE(flvgate-player.js)"></script><flv-player loop></flv-player>`,
    { publish: false },
  );
  await tab.page.waitForFunction(() => customElements.get("flv-player"));
  const { missing, passed } = await tab.page.evaluate(() => {
    const player = document.querySelector("flv-player");
    const names = [HTMLVideoElement, HTMLMediaElement].flatMap(({ prototype }) => Object.keys(prototype));
    // What plays is the player's own business; constants are on the classes.
    const own = /^(srcObject|width|height|[A-Z_]+)$/;
    const missing = names.filter((name) => !(name in player) && !own.test(name));
    globalThis.heard = [];
    for (const type of ["volumechange", "ratechange"])
      player.addEventListener(type, () => globalThis.heard.push(type));
    player.volume = 0.5;
    player.playbackRate = 1.5;
    player.addTextTrack("captions");
    const { volume, playbackRate, textTracks, loop } = player.video;
    return { missing, passed: [volume, playbackRate, textTracks.length, player.textTracks.length, loop] };
  });
  assert.deepEqual(missing, []);
  assert.deepEqual(passed, [0.5, 1.5, 1, 1, true]);
  await until("the events", () => tab.page.evaluate(() => globalThis.heard.length === 2));
  tab.assertClean();
});

test("what is set before the element is known counts", async () => {
  const tab = await open(
    "early",
    `<flv-player id="early" preload="none"></flv-player><script>
      Object.assign(document.querySelector("#early"), { volume: 0.25, loop: true, worker: false, src: "STREAM" });
    </script><script type="module" src="FILE(flvgate-player.js)"></script>`,
    { publish: false },
  );
  await tab.page.waitForFunction(() => customElements.get("flv-player"));
  const found = await tab.page.evaluate(() => {
    const player = document.querySelector("#early");
    const own = ["volume", "loop", "worker", "src"].filter((name) => Object.hasOwn(player, name));
    return [own.length, player.video.volume, player.video.loop, player.worker, player.getAttribute("src")];
  });
  assert.deepEqual(found, [0, 0.25, true, false, harness.server.streamUrl("early")]);
  tab.assertClean();
});
