/** Every page in web/examples, opened as it is. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { Publisher } from "./harness/publisher.mjs";
import { ROOT } from "./harness/server.mjs";
import { StaticFiles } from "./harness/static-files.mjs";

/** The stream that the examples name. */
const STREAM = "http://localhost:8080/live/livestream.flv";
const EXAMPLES = readdirSync(`${ROOT}web/examples`)
  .filter((name) => name.endsWith(".html"))
  .map((name) => name.slice(0, -".html".length));

const harness = useHarness();
const toEnd = [];
after(async () => {
  for (const end of toEnd.reverse()) await end();
});

/** One publisher and one web server for all of them; starts them once. */
let stage = async () => {
  const publisher = new Publisher(harness.server, "examples");
  toEnd.push(() => publisher.kill());
  const root = await layOut(harness.server.streamUrl("examples"));
  toEnd.push(() => rm(root, { recursive: true }));
  const files = await StaticFiles.start(root);
  toEnd.push(() => files.stop());
  await publisher.live();
  stage = async () => files;
  return files;
};

/** The repository as the examples see it, with another stream in them; and with the React one's bundle. */
async function layOut(stream) {
  const root = await mkdtemp(join(tmpdir(), "flvgate-examples-"));
  const examples = join(root, "web/examples");
  await mkdir(examples, { recursive: true });
  await symlink(`${ROOT}node_modules`, join(root, "node_modules"));
  await symlink(`${ROOT}web/dist`, join(root, "web/dist"));
  for (const name of readdirSync(`${ROOT}web/examples`)) {
    const text = await readFile(`${ROOT}web/examples/${name}`, "utf8");
    assert.ok(text.includes(STREAM) || name === "react.html", `${name} does not name the stream`);
    const changed = text
      .replaceAll(STREAM, stream)
      // So that a test can end what the page has begun.
      .replace(/^( *)new (Player|Artplayer|DPlayer)\(/m, "$1globalThis.player = new $2(");
    await writeFile(join(examples, name), changed);
  }
  await build({
    entryPoints: [join(examples, "react.jsx")],
    outfile: join(examples, "react.js"),
    bundle: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    // What is bundled by esbuild must be told where the WebAssembly is; the file in dist knows.
    alias: { "flvgate-player": "../dist/flvgate-player.js" },
    external: ["../dist/flvgate-player.js"],
    logLevel: "warning",
  });
  return root;
}

const video = () => document.querySelector("flv-player")?.video ?? document.querySelector("video");

/** Opens an example, and waits until it plays. */
async function play(name) {
  const files = await stage();
  const tab = await harness.open(files.url(`/web/examples/${name}.html`));
  const watch = await Watch.start(tab.page, video);
  await watch.moves(MARKERS.red, { count: 10 });
  return { tab, watch };
}

/** A page's player ends, and its connection with it. */
async function ends({ page }, destroy = () => globalThis.player.destroy()) {
  await page.evaluate(destroy);
  await harness.server.viewers("examples", 0);
}

/** What is to be seen besides the picture. */
const BESIDES = {
  artplayer: (tab) => ends(tab),
  dplayer: (tab) => ends(tab),
  async engine({ page }) {
    await page.getByText(/Latency: \d+ ms/).waitFor();
    await ends({ page });
  },
  async react({ page }) {
    await page.locator("p", { hasText: "playing" }).waitFor();
  },
  async vue({ page }) {
    await page.locator("p", { hasText: "playing" }).waitFor();
  },
  async "video-js"({ page }) {
    await page.locator(".vjs-live.vjs-playing").waitFor();
    await ends({ page }, () => globalThis.videojs.getAllPlayers()[0].dispose());
  },
  async xgplayer({ page }, watch) {
    // Its controls ask for the same URL again, as after an error.
    await page.evaluate(() => globalThis.player.retry());
    await watch.moves(MARKERS.red, { from: (await watch.state()).shown });
    await ends({ page });
  },
  async "media-chrome"({ page }) {
    const controller = page.locator("media-controller");
    await controller.and(page.locator("[mediastreamtype=live]")).waitFor();
    await controller.and(page.locator(":not([mediapaused])")).waitFor();
    await page.locator("media-live-button[mediatimeislive]").waitFor();
    // The controls drive the element.
    await page.locator("media-play-button").click();
    await until("the player pauses", () => page.evaluate(() => document.querySelector("flv-player").paused));
    await page.locator("media-mute-button").click();
    await until("the sound is on", () => page.evaluate(() => !document.querySelector("flv-player").muted));
  },
};

for (const name of EXAMPLES) {
  test(`the example ${name} plays`, async () => {
    const { tab, watch } = await play(name);
    await harness.server.viewers("examples", 1);
    await BESIDES[name]?.(tab, watch);
    tab.assertClean();
  });
}
