import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";
import { encodeClip, readClip, sendClips } from "./harness/flv.mjs";
import { ROOT } from "./harness/server.mjs";

const harness = useHarness();

const VIDEO = 9;
const AUDIO = 8;
/** How long each clip but the last is, in milliseconds. */
const PART = 2000;
/** No picture may stand for longer than this, in milliseconds: a GOP is 1000. */
const FREEZE_MAX = 1000;

let fixture;
let directory;
const clips = {};

before(async () => {
  fixture = await Fixture.start();
  directory = await mkdtemp(join(tmpdir(), "flvgate-"));
  clips.red = await encodeClip(join(directory, "red.flv"), { marker: "red", seconds: PART / 1000 });
  clips.lime = await encodeClip(join(directory, "lime.flv"), { marker: "lime", seconds: 6 });
  for (const name of ["av1-flac", "hevc-opus", "vp9-ac3", "multitrack"]) {
    clips[name] = await readClip(join(ROOT, "tests/media/enhanced", `${name}.flv`));
  }
});
after(async () => {
  await fixture?.stop();
  if (directory) await rm(directory, { recursive: true });
});

/** The video of one clip beside the audio of another. */
function together(video, audio) {
  const tags = [...video.filter(({ type }) => type === VIDEO), ...audio.filter(({ type }) => type === AUDIO)];
  return tags.sort((a, b) => a.timestamp - b.timestamp);
}

/** Plays clips one after the other, each `PART` long, on one clock. */
async function play(...parts) {
  fixture.handle("/codecs.flv", (_request, response) => {
    const all = parts.map((tags, index) => ({ tags, start: index * PART, duration: PART }));
    void sendClips(response, all, () => {});
  });
  const url = encodeURIComponent(fixture.url("/codecs.flv"));
  const tab = await harness.open(harness.server.url(`/?stream=${url}&transport=http`));
  const watch = await Watch.start(tab.page);
  await tab.page.evaluate(() => {
    const { video } = document.querySelector("flv-player");
    globalThis.widths = [video.videoWidth];
    video.addEventListener("resize", () => {
      // The first one's event may still be on its way.
      if (video.videoWidth !== globalThis.widths.at(-1)) globalThis.widths.push(video.videoWidth);
    });
  });
  return { tab, watch };
}

const soundGoesOn = async (watch) => {
  const { audioBytes } = await watch.state();
  await until("sound is decoded", async () => (await watch.state()).audioBytes > audioBytes, {
    explain: () => watch.state(),
  });
};

function assertNeverFroze(frames) {
  const freezes = frames.map(({ at }, index) => (index === 0 ? 0 : at - frames[index - 1].at));
  const longest = Math.round(Math.max(...freezes));
  assert.ok(longest < FREEZE_MAX, `a picture stood for ${longest} ms`);
  assert.ok(
    frames.every(({ mediaTime }, index) => index === 0 || mediaTime >= frames[index - 1].mediaTime),
    "the playhead went back",
  );
  return longest;
}

for (const [name, between] of [
  ["AV1 and Opus", () => together(clips["av1-flac"], clips["hevc-opus"])],
  ["VP9 and FLAC", () => together(clips["vp9-ac3"], clips["av1-flac"])],
]) {
  test(`H.264 and AAC become ${name}, and again H.264 and AAC`, async (t) => {
    const { tab, watch } = await play(clips.red, between(), clips.lime);
    await watch.moves(MARKERS.red);
    await watch.moves(MARKERS.lime, { count: 25 });
    await soundGoesOn(watch);
    const widths = (await tab.page.evaluate(() => globalThis.widths)).filter((width) => width > 0);
    assert.deepEqual(widths, [320, 192, 320]);
    t.diagnostic(`longest freeze ${assertNeverFroze(await watch.frames())} ms`);
    assert.deepEqual(await tab.told("error", "warning", "discontinuity"), []);
    tab.assertClean();
  });
}

test("beside video of a codec that the browser lacks, audio plays, and one warning names the codec", async () => {
  const { tab, watch } = await play(together(clips["hevc-opus"], clips.red), clips.lime);
  await soundGoesOn(watch);
  const [warning] = await tab.told("warning");
  assert.deepEqual([warning.code, warning.fatal], ["codec-unsupported", undefined]);
  assert.match(warning.message, /cannot play video\/mp4; codecs="hvc1\.1\.6\.L30\.90"/);
  // When the publisher turns to one that it has, the picture is there.
  await watch.moves(MARKERS.lime);
  await soundGoesOn(watch);
  assert.equal((await tab.told("warning")).length, 1);
  assert.deepEqual(await tab.told("error"), []);
  tab.assertClean();
});

test("a codec that the browser lacks takes over from one that it has, and the other track plays on", async () => {
  const { tab, watch } = await play(clips.red, together(clips["hevc-opus"], clips.red), clips.lime);
  await watch.moves(MARKERS.red);
  await watch.moves(MARKERS.lime);
  await soundGoesOn(watch);
  assert.equal((await tab.told("warning")).length, 1);
  assert.deepEqual(await tab.told("error"), []);
  tab.assertClean();
});

test("beside G.711, which browsers do not take, the picture plays, and one warning names it", async () => {
  const samples = Array.from({ length: 300 }, (_, index) => ({
    type: AUDIO,
    timestamp: index * 20,
    body: Buffer.concat([Buffer.from([0x76]), Buffer.alloc(160, 0xd5)]),
  }));
  const { tab, watch } = await play(together(clips.lime, samples));
  await watch.moves(MARKERS.lime, { count: 25 });
  const warnings = await tab.told("warning");
  assert.equal(warnings.length, 1);
  assert.match(warnings[0].message, /cannot play audio\/PCMA/);
  assert.deepEqual(await tab.told("error"), []);
  tab.assertClean();
});

test("of several tracks the first plays, and nothing is said of the others", async () => {
  const { tab, watch } = await play(together(clips.multitrack, clips.red), clips.lime);
  await until("the first video track plays", async () => (await watch.state()).width === 192);
  await watch.moves(MARKERS.lime);
  assert.deepEqual(await tab.told("error", "warning"), []);
  tab.assertClean();
});
