import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyHistory, SPAN, ceilingOf, shapeOf } from "../demo/latency-history.js";

const FRAME = { left: 40, top: 10, width: 1200, height: 100 };

void test("what is older than the graph is forgotten, but for where the line comes from", () => {
  const history = new LatencyHistory();
  for (let at = 0; at <= 3 * SPAN; at += 1000) history.add({ at, latency: 1, target: 1 });
  assert.equal(history.samples[0]?.at, 2 * SPAN - 1000);
});

void test("the scale ends at 1, 2 or 5 of a power of ten", () => {
  assert.deepEqual([0.05, 0.44, 0.5, 1.1, 4, 12].map(ceilingOf), [0.1, 0.5, 0.5, 2, 5, 20]);
});

void test("a line has a hole where nothing played, and ends at what is now", () => {
  const samples = [
    { at: SPAN / 2, latency: 0.25, target: 0.5 },
    { at: SPAN / 2 + 1000, latency: null, target: null },
    { at: SPAN, latency: 0.5, target: 0.5 },
  ];
  const shape = shapeOf(samples, [], SPAN, FRAME);
  assert.equal(shape.latency, "M640.0 85.0M1240.0 60.0");
  assert.deepEqual(shape.now, { x: 1240, latency: 60, target: 60 });
  assert.deepEqual(
    shape.ticks.map(({ seconds }) => seconds),
    [0, 0.5, 1],
  );
});

void test("stalls are bands of their length, at least two pixels wide; old ones are gone", () => {
  const stall = { cause: "starved", code: null, recovery: null } as const;
  const stalls = [
    { ...stall, start: 0, end: 10 },
    { ...stall, start: 2 * SPAN - 60_000, end: 2 * SPAN - 48_000 },
    { ...stall, start: 2 * SPAN - 5, end: null },
  ];
  const { bands } = shapeOf([{ at: 2 * SPAN, latency: 1, target: 1 }], stalls, 2 * SPAN, FRAME);
  assert.deepEqual(
    bands.map(({ width }) => Math.round(width)),
    [120, 2],
  );
});
