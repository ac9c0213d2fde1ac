import assert from "node:assert/strict";
import { test } from "node:test";
import { StallLog, causeOf } from "../demo/stall-log.js";

const PLAYING = { state: "playing", hidden: false, jumpedAt: -Infinity } as const;

void test("a stall's cause is the nearest that explains it", () => {
  assert.equal(causeOf(PLAYING, 0), "starved");
  assert.equal(causeOf({ ...PLAYING, hidden: true }, 0), "hidden");
  assert.equal(causeOf({ ...PLAYING, jumpedAt: 4000 }, 5000), "jump");
  assert.equal(causeOf({ ...PLAYING, jumpedAt: 1000 }, 5000), "starved");
  assert.equal(causeOf({ ...PLAYING, state: "reconnecting" }, 0), "connection");
  assert.equal(causeOf({ ...PLAYING, state: "waiting-for-stream" }, 0), "publisher");
  assert.equal(causeOf({ ...PLAYING, state: "failed" }, 0), "error");
});

void test("a stall lasts until the picture moves, and says what brought it back", () => {
  const log = new StallLog();
  log.begin(1000, PLAYING);
  log.begin(1500, PLAYING);
  log.blame("idle-timeout");
  log.explain(2000, { ...PLAYING, state: "reconnecting" });
  // That it is connected again does not undo why the picture stood.
  log.explain(2500, PLAYING);
  log.end(3000, true);
  log.end(4000, true);
  assert.deepEqual(log.entries, [
    { start: 1000, end: 3000, cause: "connection", code: "idle-timeout", recovery: "reconnected" },
  ]);
});

void test("a halt of less than a frame or so is none, and one that nothing ends says so", () => {
  const log = new StallLog();
  log.begin(0, PLAYING);
  log.end(20, true);
  assert.equal(log.entries.length, 0);
  log.begin(100, PLAYING);
  log.end(110, false);
  assert.equal(log.entries[0]?.recovery, "none");
});

void test("a long night keeps the last hundred", () => {
  const log = new StallLog();
  for (let at = 0; at < 150_000; at += 1000) {
    log.begin(at, PLAYING);
    log.end(at + 500, true);
  }
  assert.equal(log.entries.length, 100);
  assert.equal(log.entries[0]?.start, 50_000);
});
