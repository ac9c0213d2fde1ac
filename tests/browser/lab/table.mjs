/** The tables as markdown. */
import { summary } from "./measure.mjs";

export const HEAD = [
  "| scenario | player | over | pictures | stalls | longest | recovery | latency | told |",
  "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
];

export const ms = (value) => (value === null || value === undefined ? "never" : `${Math.round(value)} ms`);

export function row(scenario, player, facts) {
  return cells([
    ...[scenario.title, player, facts.transport, facts.frames, facts.stalls, ms(facts.longest)],
    ...[
      facts.first === null ? "never" : ms(facts.recovery),
      facts.latency === null ? "none" : ms(facts.latency),
    ],
    summary(facts.told) || "",
  ]);
}

export const cells = (values) => `| ${values.join(" | ")} |`;
