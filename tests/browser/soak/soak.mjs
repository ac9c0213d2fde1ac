/** Lets a player live through hostile streams, and judges whether its memory stays flat. */
import { setTimeout as pause } from "node:timers/promises";
import { Tab, launchBrowser } from "../harness/browser.mjs";
import { now } from "../harness/until.mjs";
import { HostileServer } from "./hostile-server.mjs";
import { encodeClips, randomNumbers } from "./hostile-stream.mjs";
import { Visit } from "./visit.mjs";

/** The first part of a run fills caches and buffers: it is not judged. */
const WARM_UP = 0.2;
/**
 * By how much the end may be above the start, in the unit of the sample: what comes and goes with what is just played.
 * A leak of 1 kB for each of the run's events would be 2 MB.
 */
const MAY_GROW = { heap: 500_000, wasm: 256 << 10, buffered: 10, nodes: 100, listeners: 50, process: 40e6 };

/**
 * Plays for so many seconds, and takes a sample every `interval` seconds, which `onSample` gets. Returns the samples, the
 * events with their counts, and the page's errors.
 */
export async function soak({ seconds, interval, seed = 1, onSample = () => undefined }) {
  const random = randomNumbers(seed);
  const server = new HostileServer(await encodeClips(), random);
  await server.start();
  const browser = await launchBrowser();
  try {
    const tab = await Tab.open(browser);
    const visit = new Visit(tab, server.host, random);
    await visit.open();
    const samples = [];
    const start = now();
    for (let second = 0; second < seconds; second += 1) {
      await visit.act();
      await pause(Math.max(0, start + (second + 1) * 1000 - now()));
      if ((second + 1) % interval !== 0) continue;
      const sample = { seconds: second + 1, ...(await visit.measure()) };
      samples.push(sample);
      onSample(sample);
    }
    return { samples, events: server.events, errors: tab.errors };
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** What is wrong with a run: sentences, none if all is well. */
export function judge({ samples, errors }) {
  const judged = samples.filter(({ seconds }) => seconds > WARM_UP * samples.at(-1).seconds);
  const wrong = Object.entries(MAY_GROW).flatMap(([what, margin]) => {
    const [first, last] = growth(judged, what);
    return last - first > margin ? [`${what} grew from ${first} to ${last}`] : [];
  });
  const { rejections, frames } = samples.at(-1);
  if (rejections.length > 0) wrong.push(`unhandled rejections: ${[...new Set(rejections)].join("; ")}`);
  const uncaught = errors.filter((text) => /^uncaught|crashed|RuntimeError|unreachable/.test(text));
  if (uncaught.length > 0) wrong.push(`errors: ${[...new Set(uncaught)].join("; ")}`);
  // Half of the time there is nothing to show; a player that has died shows nothing at all.
  if (frames < samples.at(-1).seconds * 2) wrong.push(`only ${frames} frames were shown`);
  const still = judged.findIndex((sample, index) => index > 5 && sample.frames === judged[index - 6].frames);
  if (still >= 0) wrong.push(`no frame was shown before ${judged[still].seconds} s for six samples`);
  return wrong;
}

/** The medians of the first and of the last third. */
export function growth(samples, what) {
  const third = Math.max(1, Math.floor(samples.length / 3));
  return [samples.slice(0, third), samples.slice(-third)].map((part) =>
    median(part.map((sample) => sample[what])),
  );
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
