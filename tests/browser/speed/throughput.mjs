/** How fast the pipelines are: bytes in to segments out, in the page. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { Tab, launchBrowser } from "../harness/browser.mjs";
import { Fixture } from "../harness/fixture.mjs";
import { ROOT } from "../harness/server.mjs";
import { media } from "./media.mjs";

const KIB = 1024;
/** What is compared at which size of a push; the gate is how often flvgate must be as fast as the last. */
export const COMPARISONS = [
  {
    push: 64 * KIB,
    pipelines: ["flvgate", "mpegts", "mpegtsDemuxRemux"],
    against: "mpegtsDemuxRemux",
    gate: 3,
  },
  {
    push: KIB,
    pipelines: ["flvgate", "mpegts", "mpegtsWithoutStash"],
    against: "mpegtsWithoutStash",
    gate: 10,
  },
];

/** Runs in the page: one pipeline over the file, `runs` times; milliseconds of each. */
async function time({ pipeline, push, runs }) {
  const { pipelines, file } = globalThis;
  const times = [];
  let count;
  for (let run = 0; run < runs; run += 1) {
    // New buffers each time, as from the network; making them is not measured.
    const chunks = [];
    for (let at = 0; at < file.byteLength; at += push) chunks.push(file.slice(at, at + push));
    globalThis.gc();
    const start = performance.now();
    count = pipelines[pipeline](chunks);
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { times, segments: count.segments, bytes: count.bytes };
}

/**
 * Measures each comparison on a file: `runs` rounds, in each of which every pipeline has its turn, behind one that is not
 * counted. Returns the medians in milliseconds, and what came out.
 */
export async function measureThroughput(name, { runs }) {
  const { path, title } = await media(name);
  const fixture = await Fixture.start();
  const browser = await launchBrowser({ switches: ["--js-flags=--expose-gc"] });
  try {
    await serve(fixture, path);
    const tab = await Tab.open(browser, fixture.url("/bench.html"));
    await tab.page.waitForFunction(() => globalThis.file, undefined, { timeout: 60_000 });
    const size = await tab.page.evaluate(() => globalThis.file.byteLength);
    const results = [];
    for (const { push, pipelines, against, gate } of COMPARISONS) {
      const measured = new Map(pipelines.map((pipeline) => [pipeline, { times: [] }]));
      for (let round = -1; round < runs; round += 1) {
        for (const pipeline of pipelines) {
          const result = await tab.page.evaluate(time, { pipeline, push, runs: 1 });
          const { times } = measured.get(pipeline);
          if (round >= 0) times.push(...result.times);
          measured.set(pipeline, { ...result, times });
        }
      }
      const medians = new Map([...measured].map(([pipeline, { times }]) => [pipeline, median(times)]));
      results.push({
        push,
        measured,
        medians,
        against,
        gate,
        ratio: medians.get(against) / medians.get("flvgate"),
      });
    }
    tab.assertClean();
    return { name, title, size, results };
  } finally {
    await browser.close();
    await fixture.stop();
  }
}

async function serve(fixture, path) {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["tests/browser/speed/pipelines.js"],
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
    logLevel: "error",
  });
  fixture.handle("/pipelines.js", (_request, response) =>
    response.writeHead(200, { "content-type": "text/javascript" }).end(outputFiles[0].contents),
  );
  await fixture.directory("/wasm/", join(ROOT, "target/bench-wasm"));
  fixture.handle("/file.flv", async (_request, response) =>
    response.writeHead(200, { "content-type": "video/x-flv" }).end(await readFile(path)),
  );
  fixture.page(
    "/bench.html",
    `<script type="module">
      import * as pipelines from "/pipelines.js";
      await pipelines.ready("/wasm/flvgate_player_bg.wasm");
      globalThis.pipelines = pipelines;
      globalThis.file = await (await fetch("/file.flv")).arrayBuffer();
    </script>`,
  );
}

export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
