/** Recordings in `<flv-player>`: length, seeks, the end, and servers that know less or fail. */
import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { BARS, MARKERS, Watch, isColour, until, useHarness } from "./harness.mjs";
import { Fixture } from "./harness/fixture.mjs";
import { encodeClip, sendClips } from "./harness/flv.mjs";
import { Program } from "./harness/processes.mjs";
import { CODECS, source } from "./harness/publisher.mjs";
import { ROOT } from "./harness/server.mjs";

const directory = mkdtempSync(join(tmpdir(), "flvgate-vod-player-"));
const harness = useHarness(async () => ({ environment: { SRS_HTTP_SERVER_DIR: directory } }));
const SECONDS = 90;
/** The marker is lime before this second, and blue from it on. */
const TURN = 45;
const SHORT = 6;
let fixture;

before(async () => {
  fixture = await Fixture.start();
  for (const file of readdirSync(`${ROOT}web/dist`)) {
    const type = { ".js": "text/javascript", ".wasm": "application/wasm" }[extname(file)];
    if (!type) continue;
    fixture.handle(`/${file}`, (_request, response) => {
      response.writeHead(200, { "content-type": type });
      createReadStream(`${ROOT}web/dist/${file}`).pipe(response);
    });
  }
  const input = source("lime");
  input[3] += `,drawbox=x=0:y=140:w=64:h=40:color=blue:t=fill:enable='gte(t,${TURN})'`;
  const ffmpeg = ["-v", "error", "-nostdin"];
  const listed = join(directory, "listed.flv");
  await new Program("ffmpeg", [
    ...[...ffmpeg, ...input, ...CODECS, "-b:v", "1500k", "-minrate", "1500k", "-maxrate", "1500k"],
    ...["-bufsize", "750k", "-x264-params", "nal-hrd=cbr", "-t", `${SECONDS}`],
    ...["-flvflags", "add_keyframe_index", listed],
  ]).succeed();
  const bare = ["-c", "copy", "-flvflags", "no_duration_filesize"];
  await Promise.all([
    new Program("ffmpeg", [...ffmpeg, "-i", listed, ...bare, join(directory, "bare.flv")]).succeed(),
    new Program("ffmpeg", [
      ...[...ffmpeg, "-i", listed, "-t", `${SHORT}`, ...bare, join(directory, "short.flv")],
    ]).succeed(),
  ]);
});
after(async () => {
  await fixture?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Serves a file from a server that knows nothing but, maybe, ranges; hands back its URL and what was asked for. */
function serve(path, file, { ranges = true, cutAt = Infinity } = {}) {
  const name = join(directory, file);
  const { size } = statSync(name);
  const asked = [];
  fixture.handle(path, (request, response) => {
    const range = ranges && /^bytes=(\d+)-/.exec(request.headers.range ?? "");
    const start = range ? Number(range[1]) : 0;
    asked.push(request.headers.range ?? null);
    const part = range ? { "content-range": `bytes ${start}-${size - 1}/${size}` } : {};
    response.writeHead(range ? 206 : 200, { "content-length": size - start, ...part });
    const cut = !range && cutAt < size;
    const body = createReadStream(name, { start, end: cut ? cutAt : size });
    body.pipe(response, { end: !cut });
    if (cut) body.on("end", () => response.write("", () => response.destroy()));
    response.on("close", () => body.destroy());
  });
  return { url: fixture.url(path), asked };
}

/** A page of the fixture's origin with a player in it. */
async function open(src, attributes = "autoplay muted") {
  const url = fixture.page(
    "/vod.html",
    `<flv-player src="${src}" ${attributes}></flv-player><script type="module">
      globalThis.flvPlayer = document.querySelector("flv-player");
      globalThis.seen = [];
      for (const type of ["streamtypechange", "durationchange", "ended", "seeked"])
        flvPlayer.addEventListener(type, () => seen.push(type));
      await import("/flvgate-player.js");
    </script>`,
  );
  const tab = await harness.open(url);
  return { tab, watch: await Watch.start(tab.page) };
}

const stateOf = (tab) =>
  tab.page.evaluate(() => {
    const { flvPlayer: player, seen } = globalThis;
    const { duration, currentTime, ended, seeking, streamType, targetLiveWindow, buffered, stats } = player;
    const ranges = Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)]);
    return { duration, currentTime, ended, seeking, streamType, targetLiveWindow, ranges, stats, seen };
  });

/** Seeks, and waits for frames of the right picture from there on. */
async function seek(tab, watch, time) {
  const { shown } = await watch.state();
  await tab.page.evaluate((to) => (globalThis.flvPlayer.currentTime = to), time);
  const colour = time < TURN ? MARKERS.lime : MARKERS.blue;
  const frames = await until(
    `frames from ${time} s on`,
    async () => {
      const after = (await watch.frames(shown)).filter(
        ({ mediaTime }) => mediaTime > time - 0.2 && mediaTime < time + 2,
      );
      return after.length >= 5 ? after : null;
    },
    { explain: () => stateOf(tab) },
  );
  assert.ok(isColour(frames[0].marker, colour), `shows ${frames[0].marker} at ${frames[0].mediaTime} s`);
}

test("a recording with a list of keyframes is a file: length, seeks, end, replay", async () => {
  const { tab, watch } = await open(harness.server.url("/listed.flv"));
  const asked = [];
  tab.page.on("request", (request) => asked.push(request.headers().range));
  await watch.moves(MARKERS.lime, { count: 5 });
  const begun = await stateOf(tab);
  assert.ok(Math.abs(begun.duration - SECONDS) < 0.5, `lasts ${begun.duration} s`);
  assert.equal(begun.streamType, "on-demand");
  assert.ok(Number.isNaN(begun.targetLiveWindow));
  assert.ok(begun.seen.includes("streamtypechange"));
  const { size } = statSync(join(directory, "listed.flv"));
  await until("loading pauses", async () => {
    const one = (await stateOf(tab)).stats?.bytesReceived;
    await new Promise((done) => setTimeout(done, 300));
    return one > 1e6 && (await stateOf(tab)).stats.bytesReceived === one;
  });
  const paused = await stateOf(tab);
  assert.ok(
    paused.stats.bytesReceived < size / 2,
    `${paused.stats.bytesReceived} of ${size} bytes are loaded`,
  );

  await seek(tab, watch, 70.5);
  await seek(tab, watch, 5.2);
  // Many in a row, as from a slider, end where the last one leads.
  await tab.page.evaluate(() => {
    for (let time = 20; time < 60; time += 2) globalThis.flvPlayer.currentTime = time;
  });
  await seek(tab, watch, 62.3);
  const parts = asked.filter(Boolean);
  assert.ok(parts.length >= 3 && parts.length <= 6, `asked for ${parts}`);

  await seek(tab, watch, SECONDS - 1.5);
  await until("the end", async () => (await stateOf(tab)).ended, { explain: () => stateOf(tab) });
  assert.equal((await stateOf(tab)).stats.reconnects, 0);
  const { shown } = await watch.state();
  await tab.page.evaluate(() => globalThis.flvPlayer.play());
  const again = await watch.moves(MARKERS.lime, { count: 5, from: shown });
  assert.ok(again[0].mediaTime < 2, `starts over at ${again[0].mediaTime} s`);
  tab.assertClean();
});

test("without a list and without a duration, seeks find their way", async () => {
  const { url, asked } = serve("/bare.flv", "bare.flv");
  const { tab, watch } = await open(url, 'autoplay muted worker="false"');
  await watch.moves(MARKERS.lime, { count: 5 });
  await until("the duration is found", async () => Math.abs((await stateOf(tab)).duration - SECONDS) < 0.5);
  const before = asked.length;
  await seek(tab, watch, 70.5);
  assert.ok(asked.length - before <= 4, `asked for ${asked}`);
  await seek(tab, watch, 50);
  await seek(tab, watch, 12);
  tab.assertClean();
});

test("a connection that is cut goes on from the last whole tag", async () => {
  const { url, asked } = serve("/cut.flv", "bare.flv", { cutAt: 1 << 20 });
  const { tab, watch } = await open(url);
  await watch.moves(MARKERS.lime, { count: 5 });
  await until("more is loaded", async () => (await stateOf(tab)).ranges.at(-1)[1] > 25, {
    explain: () => stateOf(tab),
  });
  const { ranges, stats } = await stateOf(tab);
  assert.equal(ranges.length, 1, `there is a hole: ${JSON.stringify(ranges)}`);
  assert.ok(stats.reconnects > 0);
  const parts = asked.filter((range) => range && Number(/\d+/.exec(range)[0]) < 2 << 20);
  assert.ok(parts.length > 0, `asked for ${asked}`);
});

test("a server without ranges is played from start to end, and over again", async () => {
  const { url } = serve("/short.flv", "short.flv", { ranges: false });
  const { tab, watch } = await open(url, "autoplay muted loop");
  await watch.moves(MARKERS.lime, { count: 5 });
  await tab.page.evaluate((time) => (globalThis.flvPlayer.currentTime = time), SHORT - 1);
  const { shown } = await watch.state();
  await until(
    "the start again",
    async () => (await watch.frames(shown)).some(({ mediaTime }) => mediaTime < 1),
    { explain: () => stateOf(tab) },
  );
  const { duration, stats } = await stateOf(tab);
  assert.ok(Math.abs(duration - SHORT) < 0.5, `lasts ${duration} s`);
  assert.equal(stats.reconnects, 0);
  tab.assertClean();
});

test("what plays can be photographed and recorded, over a seek", async () => {
  const { tab, watch } = await open(harness.server.url("/listed.flv"));
  await watch.moves(MARKERS.lime, { count: 2 });
  const picture = await tab.page.evaluate(async (bars) => {
    const jpeg = await globalThis.flvPlayer.snapshot("image/jpeg", 0.95);
    const png = await createImageBitmap(await globalThis.flvPlayer.snapshot());
    const context = new OffscreenCanvas(png.width, png.height).getContext("2d");
    context.drawImage(png, 0, 0);
    const colours = Array.from({ length: bars }, (_, bar) => [
      ...context.getImageData(Math.round(((bar + 0.5) / bars) * png.width), 60, 1, 1).data.slice(0, 3),
    ]);
    return { jpeg: jpeg.type, size: [png.width, png.height], colours };
  }, BARS.length);
  assert.deepEqual([picture.jpeg, picture.size], ["image/jpeg", [320, 180]]);
  for (const [bar, expected] of BARS.entries()) {
    assert.ok(isColour(picture.colours[bar], expected), `bar ${bar} is ${picture.colours[bar]}`);
  }

  await tab.page.evaluate(() => {
    globalThis.recording = globalThis.flvPlayer.record();
  });
  await seek(tab, watch, 70.5);
  await seek(tab, watch, 50);
  const file = await tab.page.evaluate(async () => {
    const blob = await globalThis.recording.stop();
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return { type: blob.type, base64: btoa(text) };
  });
  assert.equal(file.type, "video/mp4");
  const recorded = join(directory, "recorded.mp4");
  writeFileSync(recorded, Buffer.from(file.base64, "base64"));
  const entries = "stream=codec_name,width,start_time,duration:format=start_time";
  const probe = new Program("ffprobe", [
    ...["-v", "error", "-count_packets", "-show_entries", entries, "-of", "json", recorded],
  ]);
  const decode = new Program("ffmpeg", ["-v", "error", "-nostdin", "-i", recorded, "-f", "null", "-"]);
  await probe.succeed();
  await decode.succeed();
  assert.equal(decode.output, "");
  const { streams } = JSON.parse(probe.output);
  assert.deepEqual(
    streams.map(({ codec_name, width }) => [codec_name, width]),
    [
      ["h264", 320],
      ["aac", undefined],
    ],
  );
  for (const { start_time, duration } of streams) {
    assert.ok(Math.abs(Number(start_time)) < 0.2, `starts at ${start_time} s`);
    assert.ok(Number(duration) > 20 && Number(duration) < SECONDS, `lasts ${duration} s`);
  }
  tab.assertClean();
});

/** `onFI` script data with the time of day, as it is when the body is asked for. */
const clockTag = (timestamp) => ({
  type: 18,
  timestamp,
  get body() {
    const time = new Date().toISOString().slice(11, 23);
    return Buffer.from(`\x02\0\x04onFI\x03\0\x02st\x02\0\x0c${time}\0\0\x09`, "latin1");
  },
});

test("a live stream whose publisher sends its clock tells the picture's age", async () => {
  const seconds = 12;
  const clip = await encodeClip(join(directory, "clip.flv"), { marker: "lime", seconds });
  const clocks = Array.from({ length: seconds * 2 }, (_, half) => clockTag(half * 500 + 100));
  const tags = [...clip, ...clocks].sort((one, other) => one.timestamp - other.timestamp);
  fixture.handle("/live.flv", (_request, response) => {
    void sendClips(response, [{ tags, start: 0, duration: seconds * 1000 }], () => {});
  });
  const { tab, watch } = await open(fixture.url("/live.flv"));
  await watch.moves(MARKERS.lime, { count: 25 });
  const { stats } = await until("the age is told", async () => {
    const state = await stateOf(tab);
    return state.stats?.endToEndLatency > 0 && state.stats.playbackRate === 1 ? state : null;
  });
  assert.equal(stats.streamType, "live");
  // Nothing lies between the sender and what is buffered.
  const difference = stats.endToEndLatency - stats.latency;
  assert.ok(Math.abs(difference) < 0.4, `${stats.endToEndLatency} s old, ${stats.latency} s buffered`);
  tab.assertClean();
});
