import assert from "node:assert/strict";
import { test } from "node:test";
import { bitrate, duration, facts } from "../demo/format.js";
import type { StreamEntry } from "../demo/streams.js";

const STREAM: StreamEntry = {
  app: "live",
  name: "demo",
  url: "/live/demo",
  clients: 1,
  kbps: { recv_30s: 1834 },
  publish: { active: true },
  video: { codec: "H264", width: 1280, height: 720 },
  audio: { codec: "AAC", sample_rate: 44100, channel: 2 },
  flvgate: { vhost: "__defaultVhost__", viewers: 1, live_for_ms: 245_000, flv: "/live/demo.flv" },
};

void test("a bit rate is in the unit that suits it", () => {
  assert.equal(bitrate(640.4), "640 kb/s");
  assert.equal(bitrate(1834), "1.83 Mb/s");
});

void test("a duration shows hours only when there are some", () => {
  assert.equal(duration(0), "0:00");
  assert.equal(duration(245_000), "4:05");
  assert.equal(duration(3_723_999), "1:02:03");
});

void test("a stream's facts name what is there, and nothing else", () => {
  assert.equal(facts(STREAM), "H264 1280×720 · AAC · 1.83 Mb/s · 4:05");
  assert.equal(facts({ ...STREAM, video: null, kbps: { recv_30s: 0 } }), "AAC · 4:05");
  assert.equal(facts({ ...STREAM, video: { codec: "H264" }, audio: null }), "H264 · 1.83 Mb/s · 4:05");
});
