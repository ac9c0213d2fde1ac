/** The stream wall of the page, with what it says of its tiles. */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { before, test } from "node:test";
import { until, useHarness } from "./harness.mjs";
import { ROOT } from "./harness/server.mjs";

const harness = useHarness();
const OUTPUT = `${ROOT}tests/browser/output`;

before(() => mkdir(OUTPUT, { recursive: true }));

/** The states, transports and shown frames of all tiles. */
function readTiles() {
  return [...document.querySelectorAll(".tile flv-player")].map(({ state, stats, video }) => ({
    state,
    transport: stats?.transport,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
  }));
}

async function allPlay(page, count, transport) {
  await until(
    `${count} tiles play`,
    async () => {
      const tiles = await page.evaluate(readTiles);
      const playing = tiles.filter((tile) => tile.state === "playing" && tile.frames > 10);
      return (
        tiles.length === count && playing.filter((tile) => tile.transport === transport).length === count
      );
    },
    { timeout: 30_000, explain: () => page.evaluate(readTiles) },
  );
}

test("a wall of twelve goes over WebSocket and says why, and its graph and statistics are drawn", async () => {
  const { server } = harness;
  await harness.publish("twelve").live();
  const tab = await harness.open(server.url("/?stream=live/twelve&transport=http"));
  const { page } = tab;
  await allPlay(page, 1, "http-flv");
  await page.locator("#sizes").getByText("12").click();
  await allPlay(page, 12, "websocket-flv");
  await server.viewers("twelve", 12);
  assert.match(await page.innerText("#note"), /WebSocket-FLV[^]*six connections[^]*needs 12/);
  assert.match(page.url(), /wall=12/);

  await until("the graph has a line", () =>
    page.evaluate(() => {
      const line = document.querySelector("#graph .line-latency")?.getAttribute("d") ?? "";
      return line.split("L").length > 2 && document.querySelector("#graph .line-target")?.getAttribute("d");
    }),
  );
  assert.match(await page.getAttribute("#graph", "aria-label"), /now \d+ ms, target \d+ ms/);
  const [shown, known] = await page.evaluate(() => [
    [...document.querySelectorAll("#stats [data-key]")].map(({ dataset }) => dataset.key),
    Object.keys(document.querySelector("flv-player").stats),
  ]);
  assert.deepEqual(shown, known);
  await page.screenshot({ path: `${OUTPUT}/wall-12.png`, fullPage: true });

  // A smaller wall lets its other connections go, and HTTP comes back.
  await page.locator("#sizes").getByText("4", { exact: true }).click();
  await allPlay(page, 4, "http-flv");
  await server.viewers("twelve", 4);
  assert.ok(await page.isHidden("#note"));
  tab.assertClean();
});

test("tiles are walked, opened and worked with the keyboard alone, and the dialog lists how", async () => {
  const { server } = harness;
  await harness.publish("keys").live();
  const tab = await harness.open(server.url("/?stream=live/keys&wall=4"));
  const { page } = tab;
  const { keyboard } = page;
  await allPlay(page, 4, "http-flv");
  const focused = () => page.evaluate(() => document.activeElement.ariaLabel);
  await keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await keyboard.press("Enter");
  await keyboard.press("Tab");
  assert.match(await focused(), /^Tile 1: live\/keys, playing/);
  for (const [key, tile] of [
    ["ArrowRight", 2],
    ["ArrowDown", 4],
    ["ArrowLeft", 3],
    ["End", 4],
    ["Home", 1],
    ["ArrowDown", 3],
  ]) {
    await keyboard.press(key);
    assert.match(await focused(), new RegExp(`^Tile ${tile}:`), key);
  }
  await keyboard.press("m");
  const muted = () =>
    page.evaluate(() => [...document.querySelectorAll("flv-player")].map((player) => player.muted));
  assert.deepEqual(await muted(), [true, true, false, true]);
  await keyboard.press("ArrowUp");
  assert.deepEqual(await muted(), [false, true, true, true], "the sound goes along");
  await keyboard.press("Space");
  await until("it is paused", () => page.evaluate(() => document.querySelector("flv-player").paused));
  await keyboard.press("Enter");
  assert.equal(await page.locator(".tile").count(), 1);
  await keyboard.press("Enter");
  assert.equal(await page.locator(".tile").count(), 4);
  await keyboard.press("?");
  await page.getByText("Go to the live edge").last().waitFor();
  await keyboard.press("Escape");
  await page.locator("#shortcuts").waitFor({ state: "hidden" });
  assert.match(await focused(), /^Tile 1:/, "the focus comes back");
  tab.assertClean();
});

test("the language and the theme are switched and stay, and the snippets are copied", async () => {
  const { server } = harness;
  const tab = await harness.open(server.url("/?stream=live/nobody"), {
    locale: "zh-CN",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const { page } = tab;
  await page.getByText("等待推流", { exact: true }).waitFor();
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await page.selectOption("#language", "en");
  await page.selectOption("#theme", "dark");
  await page.getByText("Waiting for the publisher", { exact: true }).waitFor();
  await page.reload();
  await page.getByText("Waiting for the publisher", { exact: true }).waitFor();
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.equal(await page.getAttribute("html", "data-theme"), "dark");

  for (const [kind, expected] of [
    ["npm import", 'import "flvgate-player"'],
    ["Script tag", "flvgate-player.iife.js"],
    ["HTML element", '<script type="module"'],
  ]) {
    await page.locator("#kinds").getByText(kind).click();
    await page.getByRole("button", { name: "Copy: Snippet" }).click();
    await until(`${kind} is copied`, async () => {
      const text = await page.evaluate(() => navigator.clipboard.readText());
      return text.includes(expected) && text.includes("/live/nobody.flv");
    });
  }
});

test("axe finds nothing, in both languages and themes, on walls of each size", async () => {
  const { server } = harness;
  await harness.publish("axe").live();
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  for (const [size, locale, colorScheme] of [
    [1, "en", "light"],
    [4, "zh-CN", "dark"],
    [9, "en", "dark"],
    [12, "zh-CN", "light"],
  ]) {
    const tab = await harness.open(server.url(`/?stream=live/axe&wall=${size}`), { locale, colorScheme });
    await allPlay(tab.page, size, size > 5 ? "websocket-flv" : "http-flv");
    await tab.page.evaluate(axe);
    const { violations } = await tab.page.evaluate(() => globalThis.axe.run());
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    assert.deepEqual(found, [], `${size} tiles, ${locale}, ${colorScheme}`);
    await tab.page.context().close();
  }
});
