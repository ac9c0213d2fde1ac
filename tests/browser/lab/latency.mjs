/** From the server's send to the picture, as a table. */
import { setTimeout as pause } from "node:timers/promises";
import { AUDIO } from "./clip.mjs";
import * as edit from "./edits.mjs";
import { median } from "./measure.mjs";
import { cells, ms } from "./table.mjs";

const SECONDS = 12;
/** The medians are of so much at the end. */
const LAST = 5;

const CLIPS = {
  "audio and video": [{ rate: 30, gop: 60 }, true],
  "with B-frames": [{ rate: 30, gop: 60, bFrames: 2 }, true],
  "video alone": [{ rate: 30, gop: 60 }, false],
};

const RUNS = [
  ["flvgate, main thread", "flvgate", { worker: false }],
  ["flvgate, main thread, target 0.1 s", "flvgate", { worker: false, latencyTarget: 0.1 }],
  ["flvgate, worker (default)", "flvgate", {}],
  ["flvgate, WebCodecs", "flvgate", { mode: "webcodecs" }],
  ["mpegts.js, its defaults", "mpegts", {}],
  ["mpegts.js, stash off", "mpegts", { enableStashBuffer: false }],
  [
    "mpegts.js, stash off, liveSync 0.10/0.14",
    "mpegts",
    {
      ...{ enableStashBuffer: false, liveSync: true, liveSyncTargetLatency: 0.1 },
      ...{ liveSyncMaxLatency: 0.14, liveSyncPlaybackRate: 1.1 },
    },
  ],
];

function scenario([options, withAudio]) {
  return {
    seconds: SECONDS,
    async plan(clips) {
      const tags = edit.paced(await clips.tags(options));
      return withAudio ? { tags } : { tags: edit.without(tags, AUDIO), header: { audio: false } };
    },
  };
}

/** Runs one after the other, so that none takes another's time. */
export async function measureLatency(lab, clip, kind, options) {
  const tab = await lab.open();
  try {
    const what = scenario(CLIPS[clip]);
    await what.plan(lab.clips);
    // The module is loaded and warm, as on a page that plays its second stream.
    await lab.warm(tab.page, { kind, options });
    const end = await lab.begin(tab.page, what, { kind, options }, "http");
    await pause(SECONDS * 1000);
    const facts = await end(SECONDS);
    return { ...facts, ...steadiness(facts) };
  } finally {
    await tab.close();
  }
}

function steadiness({ pictures, element, samples, loaded }) {
  const from = loaded + (SECONDS - LAST) * 1000;
  const last = pictures.filter(({ at }) => at >= from).map(({ latency }) => latency);
  const of = (type) => element.filter(([at, what]) => what === type && at >= loaded + 1000).length;
  return {
    ...{ latency: median(last), worst: Math.max(...last), best: Math.min(...last) },
    ...{ waits: of("waiting"), seeks: of("seeking"), rates: of("ratechange") },
    rate: samples.at(-1)?.[2],
  };
}

export async function latencyTable(lab, players) {
  const rows = [
    "| stream | player | latency | from - to | first picture | waits | seeks | rate changes |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ];
  for (const clip of Object.keys(CLIPS)) {
    for (const [name, kind, options] of RUNS) {
      if (!players.some((player) => name.startsWith(player))) continue;
      const facts = await measureLatency(lab, clip, kind, options);
      const span = `${Math.round(facts.best)} - ${Math.round(facts.worst)}`;
      const measured = [ms(facts.latency), span, ms(facts.first), facts.waits, facts.seeks, facts.rates];
      rows.push(cells([clip, name, ...measured]));
      console.error(rows.at(-1));
    }
  }
  return rows.join("\n");
}
