/** What is live, to pick from: the list beside the wall and the choice above it. */
import { facts } from "./format.js";
import { t } from "./i18n/language.js";
import { element, make } from "./page.js";
import { shortName } from "./stream-url.js";
import { type StreamEntry, nameOf } from "./streams.js";

/** Shows the server's answer: `null` if there was none, `undefined` before it was asked. */
export function showStreams(
  streams: readonly StreamEntry[] | null | undefined,
  current: string | null,
  pick: (stream: string) => void,
): void {
  const list = element("streams");
  // The list is made anew at each poll; who tabs through it must not be thrown out.
  const focused = (document.activeElement as HTMLElement | null)?.dataset.stream;
  const entries = [...(streams ?? [])].sort((one, other) => nameOf(one).localeCompare(nameOf(other)));
  list.replaceChildren(...entries.map((entry) => streamItem(entry, current, pick)));
  if (focused) list.querySelector<HTMLElement>(`[data-stream="${CSS.escape(focused)}"]`)?.focus();
  list.hidden = entries.length === 0;

  const empty = element("streams-empty");
  empty.hidden = entries.length > 0 || streams === undefined;
  empty.textContent = streams === null ? t("streamsOffline") : t("streamsEmpty");
  const count = element("live-count");
  count.textContent = streams
    ? t("liveCount", { count: entries.length })
    : streams === null
      ? t("offline")
      : "";
  count.classList.toggle("on", entries.length > 0);
  showTileChoice(
    entries.map((entry) => nameOf(entry)),
    current,
  );
}

function streamItem(
  stream: StreamEntry,
  current: string | null,
  pick: (stream: string) => void,
): HTMLLIElement {
  const name = nameOf(stream);
  const viewers = stream.flvgate?.viewers ?? Math.max(0, stream.clients - 1);
  const button = make("button", "stream");
  button.type = "button";
  button.dataset.stream = name;
  button.ariaCurrent = String(current === name);
  button.append(
    make("span", "stream-name", name),
    make("span", "stream-viewers", viewers === 1 ? t("oneViewer") : t("viewers", { count: viewers })),
    make("span", "stream-facts", facts(stream)),
  );
  button.addEventListener("click", () => {
    pick(name);
  });
  const item = make("li");
  item.append(button);
  return item;
}

/** The selected tile's stream, above the wall; whoever has it open keeps what it shows. */
function showTileChoice(live: readonly string[], current: string | null): void {
  const choice = element<HTMLSelectElement>("tile-stream");
  const streams = [...new Set([...(current === null ? [] : [current]), ...live])];
  choice.hidden = streams.length === 0 || element("wall").dataset.size === "1";
  const key = JSON.stringify(streams);
  if (choice.dataset.streams !== key) {
    choice.dataset.streams = key;
    choice.replaceChildren(...streams.map((stream) => new Option(shortName(stream), stream)));
  }
  choice.value = current ?? "";
}
