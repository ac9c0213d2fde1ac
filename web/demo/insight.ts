/** The cards about the selected tile: latency graph, stalls, statistics. */
import { drawGraph } from "./graph.js";
import type { TextKey } from "./i18n/en.js";
import { language, nameOf, t } from "./i18n/language.js";
import { element, make } from "./page.js";
import type { Stall, StallCause, StallRecovery } from "./stall-log.js";
import { allRows } from "./stats-rows.js";
import type { Tile } from "./tile.js";

const CAUSES: Record<StallCause, TextKey> = {
  starved: "causeStarved",
  connection: "causeConnection",
  publisher: "causePublisher",
  jump: "causeJump",
  hidden: "causeHidden",
  error: "causeError",
};

const RECOVERIES: Record<StallRecovery, TextKey> = {
  data: "recoveryData",
  reconnected: "recoveryReconnected",
  publisher: "recoveryPublisher",
  none: "recoveryNone",
};

export function showInsight(tile: Tile): void {
  for (const subject of document.querySelectorAll(".subject")) subject.textContent = tile.title;
  drawGraph(tile.history.samples, tile.stalls.entries, Date.now());
  showStalls(tile.stalls.entries);
  showStats(tile);
}

function showStalls(stalls: readonly Stall[]): void {
  element("stalls-empty").hidden = stalls.length > 0;
  element("stalls-box").hidden = stalls.length === 0;
  element("stalls").replaceChildren(...stalls.toReversed().map(stallRow));
}

function stallRow(stall: Stall): HTMLTableRowElement {
  const error = stall.code === null ? null : (nameOf("codes", stall.code) ?? stall.code);
  const cells = [
    new Date(stall.start).toLocaleTimeString(language()),
    stall.end === null ? t("stallGoesOn") : `${((stall.end - stall.start) / 1000).toFixed(2)} s`,
    error === null ? t(CAUSES[stall.cause]) : `${t(CAUSES[stall.cause])} (${error})`,
    stall.recovery === null ? "…" : t(RECOVERIES[stall.recovery]),
  ];
  const row = make("tr");
  row.append(...cells.map((text) => make("td", "", text)));
  return row;
}

function showStats({ player: { stats } }: Tile): void {
  element("stats-empty").hidden = stats !== null;
  const list = element("stats");
  list.hidden = stats === null;
  if (stats === null) return;
  list.replaceChildren(
    ...allRows(stats).map(([key, name, value]) => {
      const row = make("div", value.length > 24 ? "wide" : "");
      row.dataset.key = key;
      row.append(make("dt", "", name), make("dd", "", value));
      return row;
    }),
  );
}
