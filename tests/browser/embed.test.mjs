import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MARKERS, TRANSPORTS, Watch, until, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";

const harness = useHarness();
let fixture;

before(async () => (fixture = await Fixture.start()));
after(() => fixture?.stop());

/** A page of another origin, with the player from flvgate in it. */
async function embed(body) {
  const script = harness.server.url("/flvgate-player.js");
  const url = fixture.page("/embed.html", `<script type="module" src="${script}"></script>${body}`);
  return await harness.open(url);
}

for (const transport of TRANSPORTS) {
  test(`a page of another origin embeds the player over ${transport}`, async () => {
    const { server } = harness;
    await harness.publish("embedded").live();
    const src = server.streamUrl("embedded", transport);
    const tab = await embed(`<flv-player src="${src}" autoplay muted></flv-player>`);
    const watch = await Watch.start(tab.page);
    await watch.moves(MARKERS.red, { count: 25 });
    await server.viewers("embedded", 1);

    // The same script under another address is another module, which must not define the element again.
    await tab.page.evaluate(async (script) => {
      await import(script);
      await import(`${script}?again`);
    }, server.url("/flvgate-player.js"));
    await watch.moves(MARKERS.red, { from: (await watch.state()).shown });

    await tab.page.evaluate(() => document.querySelector("flv-player").remove());
    await server.viewers("embedded", 0);
    tab.assertClean();
  });
}

test("the element moves within a page without a new connection", async () => {
  const { server } = harness;
  await harness.publish("moved").live();
  const src = server.streamUrl("moved");
  const tab = await embed(`<flv-player src="${src}" autoplay muted></flv-player><p></p>`);
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red);
  const reached = (await watch.state()).currentTime;
  await tab.page.evaluate(() => document.querySelector("p").append(document.querySelector("flv-player")));
  await watch.moves(MARKERS.red, { from: (await watch.state()).shown });
  const state = await watch.state();
  assert.ok(state.currentTime > reached, "it started over");
  tab.assertClean();
});

test("the element is driven like a video element", async () => {
  const { server } = harness;
  await harness.publish("driven").live();
  const tab = await embed(`<script>
    globalThis.events = [];
    for (const type of ["play", "playing", "pause", "volumechange", "loadedmetadata"])
      addEventListener(type, ({ target }) => target.localName === "flv-player" && events.push(type), true);
  </script>`);
  await tab.page.waitForFunction(() => customElements.get("flv-player"));
  const fresh = await tab.page.evaluate((src) => {
    const player = document.createElement("flv-player");
    player.muted = true;
    player.preload = "none";
    player.src = src;
    document.body.append(player);
    const { paused, muted, autoplay, readyState, state } = player;
    return { paused, muted, autoplay, readyState, state, attribute: player.getAttribute("src") };
  }, server.streamUrl("driven"));
  assert.deepEqual(fresh, {
    ...{ paused: true, muted: true, autoplay: false, readyState: 0, state: "idle" },
    attribute: server.streamUrl("driven"),
  });

  const watch = await Watch.start(tab.page);
  await tab.page.evaluate(() => document.querySelector("flv-player").play());
  await watch.moves(MARKERS.red);
  const playing = await tab.page.evaluate(() => {
    const { paused, videoWidth, videoHeight, duration, error } = document.querySelector("flv-player");
    return { paused, videoWidth, videoHeight, isLive: duration === Infinity, error };
  });
  assert.deepEqual(playing, { paused: false, videoWidth: 320, videoHeight: 180, isLive: true, error: null });

  await tab.page.evaluate(() => {
    const player = document.querySelector("flv-player");
    player.muted = false;
    player.pause();
  });
  await until("all events have come", () =>
    tab.page.evaluate(() =>
      ["play", "playing", "pause", "volumechange", "loadedmetadata"].every((type) =>
        globalThis.events.includes(type),
      ),
    ),
  );
  assert.deepEqual(
    await tab.page.evaluate(() => {
      const { paused, muted } = document.querySelector("flv-player");
      return { paused, muted };
    }),
    { paused: true, muted: false },
  );
  await tab.page.evaluate(() => document.querySelector("flv-player").play());
  await watch.moves(MARKERS.red, { from: (await watch.state()).shown });
  tab.assertClean();
});

test("a URL that cannot be played is an error event", async () => {
  const tab = await embed(`<flv-player src="rtmp://127.0.0.1/live/stream" autoplay muted></flv-player>`);
  const [error] = await until("the error comes", async () => {
    const errors = await tab.told("error");
    return errors.length > 0 ? errors : null;
  });
  assert.equal(error.fatal, true);
  assert.equal(error.code, "invalid-url");
  const { state, code } = await tab.page.evaluate(() => {
    const player = document.querySelector("flv-player");
    return { state: player.state, code: player.error?.code };
  });
  assert.deepEqual({ state, code }, { state: "failed", code: "invalid-url" });
  assert.match(error.message, /not rtmp:/);
  tab.assertClean();
});
