// `npm run soak:player [-- MINUTES]`: plays hostile streams in Chromium, an event each second, and tells whether memory stays
// flat. 30 minutes unless told otherwise.

import { build } from "./build.mjs";
import { isMain, main, Problem } from "./command.mjs";
import { ensureSystemPrograms } from "./system-programs.mjs";

const DEFAULT_MINUTES = 30;
const SAMPLE_SECONDS = 10;

async function soakPlayer([minutes = DEFAULT_MINUTES]) {
  if (!(Number(minutes) > 0)) throw new Problem(`expected a number of minutes, not "${minutes}"`);
  await ensureSystemPrograms();
  await build();
  const { soak, growth, judge } = await import("../tests/browser/soak/soak.mjs");
  console.log("   time  heap kB  wasm kB  buffered s  process MB  nodes  listeners  frames  state");
  const report = await soak({ seconds: minutes * 60, interval: SAMPLE_SECONDS, onSample: print });
  const { samples, events, errors } = report;
  const last = samples.at(-1);
  console.log(`\nevents: ${[...events].map(([name, count]) => `${name} ${count}`).join(", ")}`);
  console.log(`fatal errors: ${JSON.stringify(last.fatal)}; unhandled rejections: ${last.rejections.length}`);
  console.log(`appended: ${(last.appended / 1e6).toFixed(1)} MB; frames shown: ${last.frames}`);
  console.log(`console errors: ${errors.length}`);
  for (const what of ["heap", "wasm", "buffered", "process", "nodes", "listeners"]) {
    const [first, end] = growth(samples.slice(Math.floor(samples.length / 5)), what);
    console.log(`${what}: ${Math.round(first)} -> ${Math.round(end)}`);
  }
  const wrong = judge(report);
  if (wrong.length > 0) throw new Problem(wrong.join("\n"));
  console.log("memory is flat, nothing was left unhandled");
}

function print({ seconds, heap, wasm, buffered, process, nodes, listeners, frames, state }) {
  const columns = [
    [`${seconds} s`, 7],
    [Math.round(heap / 1000), 9],
    [Math.round(wasm / 1000), 9],
    [buffered.toFixed(1), 12],
    [Math.round(process / 1e6), 12],
    [nodes, 7],
    [listeners, 11],
    [frames, 8],
  ];
  console.log(`${columns.map(([value, width]) => String(value).padStart(width)).join("")}  ${state}`);
}

if (isMain(import.meta.url)) await main(() => soakPlayer(process.argv.slice(2)));
