import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";
import { encodeClip, sendClips } from "./harness/flv.mjs";
import { Program } from "./harness/processes.mjs";
import { flvgate } from "./harness/server.mjs";

const harness = useHarness();

/** One GOP and a second, in milliseconds. */
const RECOVERY_MAX = 2000;
/** How long the first clip lasts, in milliseconds. */
const FIRST = 2000;

let fixture;
let directory;
let first;
let second;

before(async () => {
  fixture = await Fixture.start();
  directory = await mkdtemp(join(tmpdir(), "flvgate-"));
  first = await encodeClip(join(directory, "first.flv"), { marker: "red", seconds: FIRST / 1000 });
  second = await encodeClip(join(directory, "second.flv"), { marker: "lime", seconds: 8 });
});
after(async () => {
  await fixture?.stop();
  if (directory) await rm(directory, { recursive: true });
});

const JUMPS = {
  "back to 0": [3_600_000, 0],
  "back by 30 s": [100_000, 100_000 + FIRST - 30_000],
  "on by 60 s": [100_000, 100_000 + FIRST + 60_000],
  "through 2^31": [2 ** 31 - FIRST, 2 ** 31],
  "through 2^32": [2 ** 32 - FIRST, 2 ** 32],
};

for (const [jump, [start, next]] of Object.entries(JUMPS)) {
  test(`a stream whose timestamps go ${jump} plays on`, async (t) => {
    const begins = [];
    fixture.handle("/jump.flv", (_request, response) => {
      const clips = [
        { tags: first, start, duration: FIRST },
        { tags: second, start: next, duration: 0 },
      ];
      void sendClips(response, clips, (begin) => begins.push(begin));
    });
    const url = encodeURIComponent(fixture.url("/jump.flv"));
    const tab = await harness.open(harness.server.url(`/?stream=${url}&transport=http`));
    const watch = await Watch.start(tab.page);
    await watch.moves(MARKERS.red);
    const frames = await watch.moves(MARKERS.lime);
    assert.equal(begins.length, 2, "the stream was asked for once");
    const moving = Math.round(frames[4].at - begins[1]);
    t.diagnostic(`${jump}: moving ${moving} ms after the first tag`);
    assert.ok(moving < RECOVERY_MAX, `moving pictures only ${moving} ms after the jump`);
    const times = (await watch.frames()).map(({ mediaTime }) => mediaTime);
    assert.ok(
      times.every((time, index) => index === 0 || time >= times[index - 1]),
      "the playhead went back",
    );
    assert.deepEqual(await tab.told("error", "warning"), []);
    tab.assertClean();
  });
}

for (const [name, start] of [
  ["wrap31", 2 ** 31 - 3000],
  ["wrap32", 2 ** 32 - 3000],
]) {
  test(`a publisher whose timestamps pass ${start + 3000} plays through`, async () => {
    const { server } = harness;
    const target = `rtmp://${server.rtmpHost}/live/${name}`;
    const clip = join(directory, "second.flv");
    const publisher = new Program(flvgate(), ["publish", clip, target, "--start-timestamp", String(start)]);
    harness.atEnd(() => publisher.end("SIGKILL"));
    await until("it is live", async () => (await server.stream(name))?.publish.active);
    const tab = await harness.open(server.pageUrl(name, "http"));
    const watch = await Watch.start(tab.page);
    await watch.moves(MARKERS.lime);
    const from = (await watch.state()).currentTime;
    await until("it plays through", async () => (await watch.state()).currentTime > from + 4, {
      explain: () => watch.state(),
    });
    assert.ok((await watch.moves(MARKERS.lime)).length > 75, "frames are missing");
    assert.deepEqual(await tab.told("error", "warning"), []);
    tab.assertClean();
  });
}

test("an encoder whose timestamps begin late plays", async () => {
  const { server } = harness;
  await harness.publish("late", { output: ["-output_ts_offset", "4294960"] }).live();
  const tab = await harness.open(server.pageUrl("late", "ws"));
  await (await Watch.start(tab.page)).moves(MARKERS.red, { count: 25 });
  tab.assertClean();
});
