import assert from "node:assert/strict";
import { test } from "node:test";
import { MARKERS, TRANSPORTS, Watch, useHarness } from "./harness.mjs";

const harness = useHarness();

/** Well within the 5 s (`normal_timeout`) after which the server gives up a silent publisher, and its viewers with it. */
const CLOSE_MAX = 2500;

const DEPARTURES = {
  "going to another page": (tab) => tab.page.goto("about:blank"),
  "closing the page": (tab) => tab.close(),
};

for (const transport of TRANSPORTS) {
  for (const [departure, leave] of Object.entries(DEPARTURES)) {
    test(`${departure} closes the connection over ${transport}, even while nothing flows`, async () => {
      const { server } = harness;
      const publisher = harness.publish("left");
      await publisher.live();
      const tab = await harness.open(server.pageUrl("left", transport));
      const watch = await Watch.start(tab.page);
      await watch.moves(MARKERS.red);
      await server.viewers("left", 1);
      tab.assertClean();

      publisher.hold();
      await leave(tab);
      await server.viewers("left", 0, { timeout: CLOSE_MAX });
      assert.ok((await server.stream("left"))?.publish.active, "the publisher's own end may have closed it");
      await publisher.kill();
      await publisher.gone();
    });
  }
}
