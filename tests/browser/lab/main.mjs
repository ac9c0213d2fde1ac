// `npm run lab`: every scenario with both players, as a table.
//
//   npm run lab                        all of it
//   npm run lab -- back30 stall3       these only
//   npm run lab -- --flvgate           flvgate alone
//   npm run lab -- --write             keep the table in docs/player.md
//   npm run lab -- latency             from the server's send to the picture, instead of scenarios
//
// LAB_AT_ONCE says how many scenarios run at a time; LAB_DEBUG names a directory for all that was noted.
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { ROOT } from "../harness/server.mjs";
import { check } from "./gates.mjs";
import { keep, Lab, PLAYERS } from "./run.mjs";
import { SCENARIOS } from "./scenarios.mjs";
import { HEAD, row } from "./table.mjs";
import { latencyTable } from "./latency.mjs";

/** More at once, and they would take each other's time on two cores. */
const AT_ONCE = Number(process.env.LAB_AT_ONCE ?? 2);

async function scenarioTable(lab, names, players) {
  const rows = new Map();
  const waiting = [...names];
  const work = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      const scenario = SCENARIOS[name];
      const results = await Promise.all(players.map((player) => lab.run(scenario, PLAYERS[player])));
      rows.set(
        name,
        players.flatMap((player, index) => results[index].map((facts) => row(scenario, player, facts))),
      );
      for (const facts of results[players.indexOf("flvgate")] ?? []) {
        for (const failure of check(name, facts))
          console.error(`${name} over ${facts.transport}: ${failure}`);
      }
      players.forEach((player, index) => {
        for (const facts of results[index]) keep(`${name}-${player}-${facts.transport}`, facts);
      });
      console.error(rows.get(name).join("\n"));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return [...HEAD, ...names.flatMap((name) => rows.get(name))].join("\n");
}

/** Puts a table between its marks in docs/player.md. */
async function publish(name, table) {
  const path = `${ROOT}docs/player.md`;
  const text = await readFile(path, "utf8");
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < 0) throw new Error(`docs/player.md has no marks for ${name}`);
  const when = `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0].model}`;
  const kept = `${begin}\n\n${when}\n\n${table}\n\n`;
  await writeFile(path, text.slice(0, before) + kept + text.slice(after));
}

const HELP = `npm run lab [-- scenario...] [--flvgate] [--write]
npm run lab -- latency [--flvgate] [--write]
scenarios: ${Object.keys(SCENARIOS).join(" ")}`;

const words = process.argv.slice(2);
const flags = words.filter((word) => word.startsWith("--"));
const names = words.filter((word) => !word.startsWith("--"));
const unknown = names.filter((name) => name !== "latency" && !SCENARIOS[name]);
if (flags.includes("--help") || unknown.length > 0) {
  console.log(HELP);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const lab = await Lab.start();
try {
  const isLatency = names.includes("latency");
  const players = flags.includes("--flvgate") ? ["flvgate"] : Object.keys(PLAYERS);
  const table = isLatency
    ? await latencyTable(lab, players)
    : await scenarioTable(lab, names.length > 0 ? names : Object.keys(SCENARIOS), players);
  console.log(table);
  if (flags.includes("--write")) await publish(isLatency ? "latency" : "scenarios", table);
} finally {
  await lab.stop();
}
