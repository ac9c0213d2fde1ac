import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { before, test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { ROOT } from "./harness/server.mjs";

const harness = useHarness();
const OUTPUT = `${ROOT}tests/browser/output`;
const VIEWPORTS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

before(() => mkdir(OUTPUT, { recursive: true }));

for (const [device, viewport] of Object.entries(VIEWPORTS)) {
  test(`with nothing live, the page says how to publish, on a ${device}`, async () => {
    const { server } = harness;
    const tab = await harness.open(server.url(), { viewport });
    await tab.page.getByText("Nothing is live yet").waitFor();
    const line = tab.page.locator("#ffmpeg-line");
    assert.ok(await line.isVisible());
    assert.match(await line.innerText(), /^ffmpeg -re [^]* rtmp:\/\/127\.0\.0\.1\/live\/demo$/);
    assert.equal(await tab.page.locator("#obs-server").innerText(), "rtmp://127.0.0.1/live");
    assert.equal(await tab.page.locator("#obs-key").innerText(), "demo");
    assert.ok(await tab.page.getByText("OBS Studio").isVisible());
    await assertFits(tab.page);
    await tab.page.screenshot({ path: `${OUTPUT}/nothing-live-${device}.png`, fullPage: true });
    tab.assertClean();
  });

  test(`the page lists what is live, and plays what is picked, on a ${device}`, async () => {
    const { server } = harness;
    const name = `picked-${device}`;
    await harness.publish(name).live();
    const tab = await harness.open(server.url(), { viewport });
    const entry = tab.page.getByRole("button", { name: `live/${name}` });
    await entry.waitFor();
    const watch = await Watch.start(tab.page);
    await entry.click();
    await watch.moves(MARKERS.red, { count: 25 });
    await until("the statistics are over the picture", async () =>
      /HTTP-FLV[^]*avc1\.[^]*320×180[^]*mp4a\.40\.2/.test(await tab.page.innerText("#overlay")),
    );
    await assertFits(tab.page);
    await tab.page.screenshot({ path: `${OUTPUT}/playing-${device}.png`, fullPage: true });

    const player = () => tab.page.evaluate(() => document.querySelector("flv-player").stats);
    for (const [label, transport] of [
      ["WebSocket-FLV", "websocket-flv"],
      ["HTTP-FLV", "http-flv"],
    ]) {
      const from = (await watch.state()).shown;
      await tab.page.locator(".switch").getByText(label).click();
      await until(`${label} plays`, async () => {
        const stats = await player();
        return stats?.transport === transport && stats.state === "playing";
      });
      await watch.moves(MARKERS.red, { from });
    }
    const before = (await watch.state()).shown;
    await tab.page.locator(".switch").getByText("WebCodecs").click();
    await tab.page.waitForFunction(() => {
      const { api } = document.querySelector("flv-player");
      return api.state === "playing" && api.video.srcObject instanceof MediaStream;
    });
    await watch.moves(MARKERS.red, { from: before });
    assert.match(tab.page.url(), /mode=webcodecs/);
    assert.match(await tab.page.innerText("#embed"), /mode="webcodecs"/);
    // Each of the connections before the last was closed.
    await server.viewers(name, 1);
    tab.assertClean();
  });
}

test("the main controls are reached and worked with the keyboard alone", async () => {
  const { server } = harness;
  await harness.publish("keyboard").live();
  const tab = await harness.open(server.url());
  await tab.page.getByRole("button", { name: "live/keyboard" }).waitFor();
  await focusByTab(tab.page, "live/keyboard");
  await tab.page.keyboard.press("Enter");
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red);

  await focusByTab(tab.page, "Pause");
  await tab.page.keyboard.press("Space");
  await until("it is paused", async () => (await watch.state()).paused);
  await tab.page.keyboard.press("Space");
  await until("it plays", async () => !(await watch.state()).paused);
  const from = (await watch.state()).shown;
  await watch.moves(MARKERS.red, { from });

  await focusByTab(tab.page, "Turn on sound");
  await tab.page.keyboard.press("Enter");
  assert.equal(await tab.page.evaluate(() => document.querySelector("flv-player").muted), false);
  await focusByTab(tab.page, "Stats");
  await tab.page.keyboard.press("Enter");
  await tab.page.waitForSelector("#overlay", { state: "hidden" });
  for (const name of ["Volume", "Live", "Full screen", "Stream URL, http or ws", "HTTP-FLV"]) {
    await focusByTab(tab.page, name);
  }
  await tab.page.keyboard.press("ArrowRight");
  await until("the transport is the other", () =>
    tab.page.evaluate(() => document.querySelector("flv-player").stats?.transport === "websocket-flv"),
  );
  tab.assertClean();
});

/** Nothing sticks out sideways. */
async function assertFits(page) {
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= width, `the page is ${content} px wide in a window of ${width} px`);
}

/** Presses Tab until the focus is on what has that name. */
async function focusByTab(page, name) {
  const passed = [];
  for (let count = 0; count < 60; count += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const active = document.activeElement;
      return active?.ariaLabel ?? active?.closest("label")?.textContent ?? active?.innerText ?? "";
    });
    if (focused.trim().startsWith(name)) return;
    passed.push(focused.trim());
  }
  throw new Error(`Tab never comes to ${name}, only to: ${[...new Set(passed)].join(" | ")}`);
}
