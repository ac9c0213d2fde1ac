import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { check, GATES } from "./lab/gates.mjs";
import { summary } from "./lab/measure.mjs";
import { keep, Lab, PLAYERS, SECONDS, TRANSPORTS } from "./lab/run.mjs";
import { SCENARIOS } from "./lab/scenarios.mjs";

/** So many players at a time: what they decode takes little, and they must not starve each other. */
const AT_ONCE = 8;

let lab;

before(async () => (lab = await Lab.start()));
after(() => lab?.stop());

const cases = Object.keys(GATES)
  .flatMap((name) => (SCENARIOS[name].transports ?? TRANSPORTS).map((transport) => ({ name, transport })))
  .filter(({ name }) => !SCENARIOS[name].act && !SCENARIOS[name].csp);

/** Plays several scenarios on one page at a time. */
async function play(some) {
  const tab = await lab.open();
  // What it takes to make a recording is no part of a player's time.
  for (const { name } of some) await SCENARIOS[name].plan(lab.clips);
  const ends = await Promise.all(
    some.map(({ name, transport }) => lab.begin(tab.page, SCENARIOS[name], PLAYERS.flvgate, transport)),
  );
  await pause(SECONDS * 1000);
  const all = [];
  for (const end of ends) all.push(await end(SECONDS));
  await tab.close();
  return all;
}

for (let first = 0; first < cases.length; first += AT_ONCE) {
  const some = cases.slice(first, first + AT_ONCE);
  test(some.map(({ name, transport }) => `${name} (${transport})`).join(", "), async (t) => {
    const all = await play(some);
    const missed = all.flatMap((facts, index) => {
      const { name, transport } = some[index];
      const { frames, stalls, recovery, latency, told } = facts;
      const [after, late] = [recovery, latency].map((value) => Math.round(value ?? -1));
      t.diagnostic(
        `${name} over ${transport}: ${frames} pictures, ${stalls} stalls, recovery ${after} ms, latency ${late} ms; ${summary(told)}`,
      );
      keep(`${name}-${transport}`, facts);
      return check(name, facts).map((failure) => `${name} over ${transport}: ${failure}`);
    });
    assert.deepEqual(missed, []);
  });
}
