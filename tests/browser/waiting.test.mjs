import assert from "node:assert/strict";
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
