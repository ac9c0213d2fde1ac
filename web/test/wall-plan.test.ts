import assert from "node:assert/strict";
import { test } from "node:test";
import { fillTiles, neighbour, planTransport, wallSizeOf } from "../demo/wall-plan.js";

void test("a wall has a size that there is, else one tile", () => {
  assert.equal(wallSizeOf("12"), 12);
  for (const text of [null, "", "5", "1e1"]) assert.equal(wallSizeOf(text), 1);
});

void test("tiles keep what is chosen, get what no tile has yet, then the live ones again", () => {
  assert.deepEqual(fillTiles(4, ["a", null, "x"], ["a", "b", "c"]), ["a", "b", "x", "c"]);
  assert.deepEqual(fillTiles(4, [], ["a", "b"]), ["a", "b", "a", "b"]);
});

void test("with no list, all tiles play the chosen one; before the list is known they wait", () => {
  assert.deepEqual(fillTiles(4, ["ws://h/a.flv"], []), Array(4).fill("ws://h/a.flv"));
  assert.deepEqual(fillTiles(4, ["a", null], undefined), ["a", null, null, null]);
});

void test("one tile with nothing chosen stays free, whatever is live", () => {
  assert.deepEqual(fillTiles(1, [], ["a"]), [null]);
});

void test("more than five streams of one origin over plain HTTP go over WebSocket, unless the reader insists", () => {
  const urls = (count: number) =>
    Array.from({ length: count }, (_, index) => `http://h:8080/live/${index}.flv`);
  assert.deepEqual(planTransport(urls(5), "http", false), { transport: "http", tooMany: 0 });
  assert.deepEqual(planTransport(urls(9), "http", false), { transport: "ws", tooMany: 9 });
  assert.deepEqual(planTransport(urls(9), "http", true), { transport: "http", tooMany: 9 });
  assert.deepEqual(planTransport(urls(9), "ws", false), { transport: "ws", tooMany: 0 });
});

void test("HTTPS, and streams of many origins, stay on HTTP", () => {
  const stay = { transport: "http", tooMany: 0 };
  const secure = Array.from({ length: 12 }, () => "https://h/a.flv");
  const spread = Array.from({ length: 12 }, (_, index) => `http://h${index}/a.flv`);
  assert.deepEqual(planTransport(secure, "http", false), stay);
  assert.deepEqual(planTransport(spread, "http", false), stay);
});

void test("arrow keys go to the tile beside, above and below, and not over the wall's edge", () => {
  assert.equal(neighbour(0, "ArrowRight", 4, 12), 1);
  assert.equal(neighbour(5, "ArrowLeft", 4, 12), 4);
  assert.equal(neighbour(5, "ArrowUp", 4, 12), 1);
  assert.equal(neighbour(5, "ArrowDown", 4, 12), 9);
  assert.equal(neighbour(5, "Home", 4, 12), 0);
  assert.equal(neighbour(5, "End", 4, 12), 11);
  for (const [index, key] of [
    [3, "ArrowRight"],
    [4, "ArrowLeft"],
    [2, "ArrowUp"],
    [9, "ArrowDown"],
    [5, "x"],
  ] as const) {
    assert.equal(neighbour(index, key, 4, 12), null);
  }
});
