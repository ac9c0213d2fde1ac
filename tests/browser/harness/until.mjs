/** Waiting for conditions. */
import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks `condition` every `every` milliseconds until it says something true, and hands that back. Fails after `timeout`
 * milliseconds, with what `explain` says of the state of things.
 */
export async function until(what, condition, { timeout = 30_000, every = 20, explain } = {}) {
  const deadline = performance.now() + timeout;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() > deadline) {
      const state = explain ? `: ${JSON.stringify(await explain())}` : "";
      throw new Error(`${what}: not within ${timeout} ms${state}`);
    }
    await pause(every);
  }
}

/** This moment in milliseconds, on a clock that the pages share. */
export function now() {
  return performance.timeOrigin + performance.now();
}
