/** Scenarios in which the page or the browser makes the trouble. `act` does so, with its moments counted from the load. */
import { setTimeout as pause } from "node:timers/promises";

const BEGIN = 6000;
const END = 9000;
const same = (tags) => tags;

/** Runs in the page: the first append after `delay` ms is refused as by a full buffer. */
function refuseOnce(delay) {
  const append = SourceBuffer.prototype.appendBuffer;
  const refused = new WeakSet();
  const from = performance.now() + delay;
  SourceBuffer.prototype.appendBuffer = function (data) {
    if (performance.now() > from && !refused.has(this)) {
      refused.add(this);
      throw new DOMException("the lab has no room", "QuotaExceededError");
    }
    append.call(this, data);
  };
}

export const PAGE_SCENARIOS = (edited) => ({
  quota: edited("an append is refused with QuotaExceededError", BEGIN, same, {
    act: (page) => page.evaluate(refuseOnce, BEGIN),
  }),
  offline: edited("offline for 3 s", END, same, {
    async act(page) {
      await pause(BEGIN);
      await page.context().setOffline(true);
      await pause(END - BEGIN);
      await page.context().setOffline(false);
    },
  }),
  frozen: edited("tab frozen for 3 s", END, same, {
    async act(page) {
      const session = await page.context().newCDPSession(page);
      await pause(BEGIN);
      await session.send("Page.setWebLifecycleState", { state: "frozen" });
      await pause(END - BEGIN);
      await session.send("Page.setWebLifecycleState", { state: "active" });
    },
  }),
  csp: edited("Content-Security-Policy forbids media", 0, same, {
    ...{ seconds: 6, plays: false },
    csp: "default-src 'self' 'unsafe-inline'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; media-src 'none'",
  }),
});
