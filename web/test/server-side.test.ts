import assert from "node:assert/strict";
import { test } from "node:test";

void test("the package can be imported where there is no page", async () => {
  const { FlvPlayerElement, defineFlvPlayer } = await import("../src/index.js");
  assert.equal(typeof FlvPlayerElement, "function");
  defineFlvPlayer();
});
