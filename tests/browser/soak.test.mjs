import assert from "node:assert/strict";
import { test } from "node:test";
import { soak } from "./soak/soak.mjs";

// Whether memory stays flat takes `npm run soak:player` to tell.
test("a player lives through twenty seconds of a hostile stream", async () => {
  const { samples, errors, events } = await soak({ seconds: 20, interval: 5 });
  const last = samples.at(-1);
  assert.ok(events.size > 5, "the stream was not hostile");
  assert.ok(last.frames > 40, `${last.frames} frames`);
  assert.deepEqual(last.rejections, []);
  assert.deepEqual(
    errors.filter((text) => /^uncaught|crashed|RuntimeError/.test(text)),
    [],
  );
  assert.ok(last.wasm > 0 && last.wasm < 16e6, `${last.wasm} bytes of WebAssembly memory`);
});
