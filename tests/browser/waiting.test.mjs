import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { MARKERS, TRANSPORTS, Watch, useHarness } from "./harness.mjs";

const harness = useHarness();

for (const transport of TRANSPORTS) {
  test(`a stream that is not live is waited for over ${transport}, and plays when it comes`, async () => {
    const { server } = harness;
    const name = `later-${transport}`;
    const tab = await harness.open(server.pageUrl(name, transport));
    await tab.page.evaluate(() => (globalThis.isSamePage = true));
    await tab.page.getByText("Waiting for the publisher").waitFor();
    assert.match(await tab.page.innerText(".notice-text"), new RegExp(`live/${name} is not live`));
    const watch = await Watch.start(tab.page);

    await harness.publish(name).live();
    await watch.moves(MARKERS.red);
    await tab.page.waitForSelector(".notice", { state: "hidden" });
    assert.ok(await tab.page.evaluate(() => globalThis.isSamePage), "the page was loaded again");
    assert.deepEqual(await tab.told("error"), []);
    // The browser itself notes each answer 404.
    tab.assertClean(/status of 404/);
  });
}

test("a proxy that passes no WebSocket on is named as what it is", async () => {
  // So a proxy does that was not told of WebSocket: it answers the request as any other.
  const proxy = createServer((request, response) => {
    response.writeHead(200, { "content-type": "video/x-flv", "access-control-allow-origin": "*" });
    response.write("FLV");
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  harness.atEnd(() => (proxy.closeAllConnections(), proxy.close()));
  const source = `ws://127.0.0.1:${proxy.address().port}/live/stream.flv`;
  const tab = await harness.openOwn(`<flv-player src="${source}" autoplay muted></flv-player>`);
  await tab.page.waitForFunction(() => globalThis.told.some(({ type }) => type === "error"));
  const [error] = await tab.told("error");
  assert.deepEqual([error.code, error.fatal], ["network", false]);
  assert.match(error.message, /does a proxy pass `Upgrade` on/);
});
