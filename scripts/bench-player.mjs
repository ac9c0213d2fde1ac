// `npm run bench:player`: how fast the player is, beside mpegts.js, in Chromium.
//
//   npm run bench:player                    everything
//   npm run bench:player -- throughput      bytes in to segments out
//   npm run bench:player -- wall            what twelve players cost the page's thread
//   npm run bench:player -- --quick         with shorter files and fewer runs
//
// docs/benchmark-player.md says what is measured, and how to read it.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildWasm } from "./build-wasm.mjs";
import { build } from "./build.mjs";
import { isMain, main, Problem, ROOT } from "./command.mjs";
import { buildServer } from "./start.mjs";
import { ensureSystemPrograms } from "./system-programs.mjs";

const PARTS = { throughput: benchThroughput, wall: benchWall };

async function benchPlayer(args) {
  const { values, positionals } = parseArgs({
    args,
    options: { quick: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((part) => !(part in PARTS));
  if (unknown.length > 0)
    throw new Problem(`there is no ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
  await ensureSystemPrograms();
  await build();
  for (const part of positionals.length > 0 ? positionals : Object.keys(PARTS)) await PARTS[part](values);
}

async function benchThroughput({ quick }) {
  const { measureThroughput } = await import("../tests/browser/speed/throughput.mjs");
  await buildWasm({ features: ["remuxer"], out: join(ROOT, "target/bench-wasm") });
  for (const [name, runs] of quick
    ? [["a", 3]]
    : [
        ["a", 9],
        ["b", 5],
      ]) {
    const { title, size, results } = await measureThroughput(name, { runs });
    console.log(`\n${title} (${(size / 1e6).toFixed(1)} MB), medians of ${runs}`);
    for (const { push, measured, medians, against, gate, ratio } of results) {
      for (const [pipeline, time] of medians) {
        const { segments, bytes } = measured.get(pipeline);
        const speed = (size / 1e3 / time).toFixed(0);
        const out = `${segments} segments, ${(bytes / 1e6).toFixed(1)} MB out`;
        console.log(
          `  ${String(push / 1024).padStart(3)} KiB  ${pipeline.padEnd(20)} ${time.toFixed(1).padStart(8)} ms ${speed.padStart(6)} MB/s  ${out}`,
        );
      }
      console.log(
        `  ${String(push / 1024).padStart(3)} KiB  ${ratio.toFixed(1)} times ${against} (bound: ${gate})`,
      );
    }
  }
}

async function benchWall({ quick }) {
  process.env.FLVGATE_BIN ??= await buildServer({ dev: false });
  const seconds = quick ? 5 : 15;
  const { measureWall } = await import("../tests/browser/speed/wall.mjs");
  const results = await measureWall({ players: 12, seconds });
  console.log(`\ntwelve players at 2 Mb/s, CPU time of the page's thread in each of ${seconds} s`);
  for (const { name, busy, script, frames } of results)
    console.log(
      `  ${name.padEnd(34)} ${(busy * 1000).toFixed(0).padStart(5)} ms/s, ${(script * 1000).toFixed(0)} of it script; ${frames.toFixed(0)} frames/s`,
    );
  const [ours, theirs] = [results[0], results.find(({ name }) => name === "mpegts.js")];
  console.log(`  ${(ours.busy / theirs.busy).toFixed(2)} of mpegts.js's (bound: 0.33)`);
}

if (isMain(import.meta.url)) await main(() => benchPlayer(process.argv.slice(2)));
