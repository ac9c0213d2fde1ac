import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { Certificate } from "./harness/certificate.mjs";
import { ROOT } from "./harness/server.mjs";

/** Twice as many as a browser would open HTTP/1.1 connections to one host. */
const PLAYERS = 12;

/** Small and slow, because all of them are decoded without a graphics card. */
const SMALL = ["-r", "15", "-g", "15", "-s", "160x90"];

let certificate;
let directory;

const harness = useHarness(async () => {
  certificate = await Certificate.make();
  directory = await mkdtemp(join(tmpdir(), "flvgate-page-"));
  await cp(`${ROOT}web/dist`, directory, { recursive: true });
  return { certificate, environment: { SRS_HTTP_SERVER_DIR: directory } };
});

after(async () => {
  await certificate?.remove();
  if (directory) await rm(directory, { recursive: true });
});

/** Opens a page of the server's own over HTTPS, and notes over what its streams come. */
async function openPage(name, body) {
  const head =
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title><link rel="icon" href="favicon.svg">' +
    "<style>flv-player { width: 300px; height: 170px; display: inline-block }</style>" +
    '<script type="module" src="flvgate-player.js"></script>';
  await writeFile(join(directory, name), `${head}<body>${body}</body></html>`);
  const tab = await harness.open(null, { ignoreHTTPSErrors: true });
  const network = await tab.page.context().newCDPSession(tab.page);
  const seen = { streams: [], webSockets: [] };
  network.on("Network.responseReceived", ({ response }) => {
    if (response.url.endsWith(".flv")) {
      seen.streams.push({ protocol: response.protocol, connection: response.connectionId });
    }
  });
  network.on("Network.webSocketHandshakeResponseReceived", ({ response }) => {
    seen.webSockets.push(response.status);
  });
  await network.send("Network.enable");
  await tab.page.goto(`https://${harness.server.httpsHost}/${name}`);
  return { tab, seen };
}

async function framesOfAll(tab) {
  return await tab.page.evaluate(() =>
    [...document.querySelectorAll("flv-player")].map(
      (player) => player.video?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
    ),
  );
}

test("twelve players on one page play over one HTTP/2 connection", async () => {
  const { server } = harness;
  const names = ["one", "two", "three"];
  const publishers = names.map((name, index) =>
    harness.publish(name, { marker: Object.keys(MARKERS)[index], output: SMALL }),
  );
  for (const publisher of publishers) await publisher.live();
  const players = Array.from({ length: PLAYERS }, (_, index) => {
    const src = server.streamUrl(names[index % names.length], "https");
    // In a worker, its requests would be hidden from the page's session.
    return `<flv-player src="${src}" worker="false" autoplay muted></flv-player>`;
  });
  const { tab, seen } = await openPage("wall.html", players.join("\n"));

  let frames = [];
  const grew = (by, from) => frames.every((count, index) => count >= (from?.[index] ?? 0) + by);
  await until(
    "all twelve play",
    async () => {
      frames = await framesOfAll(tab);
      return frames.length === PLAYERS && grew(15);
    },
    { explain: () => frames },
  );
  const before = frames;
  await until(
    "all twelve go on",
    async () => {
      frames = await framesOfAll(tab);
      return grew(30, before);
    },
    { explain: () => [before, frames] },
  );

  assert.equal(seen.streams.length, PLAYERS);
  assert.deepEqual([...new Set(seen.streams.map(({ protocol }) => protocol))], ["h2"]);
  assert.equal(new Set(seen.streams.map(({ connection }) => connection)).size, 1);
  for (const name of names) await server.viewers(name, PLAYERS / names.length);
  const picture = process.env.FLVGATE_SCREENSHOTS;
  if (picture) await tab.page.screenshot({ path: join(picture, "https-twelve.png") });
  tab.assertClean();
});

test("a player on an HTTPS page plays over a secure WebSocket, which HTTP/2 carries", async () => {
  const { server } = harness;
  await harness.publish("secure").live();
  const src = server.streamUrl("secure", "wss");
  const { tab, seen } = await openPage(
    "secure.html",
    `<flv-player src="${src}" worker="false" autoplay muted></flv-player>`,
  );
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red, { count: 25 });
  // 101 would be an Upgrade on a connection of its own.
  assert.deepEqual(seen.webSockets, [200]);
  tab.assertClean();
});
