/** The card that says where else the selected stream can be played, and how. */
import type { Tile } from "./tile.js";
import { facts } from "./format.js";
import { element } from "./page.js";
import { SNIPPET_KINDS, snippetOf } from "./snippets.js";
import { type Transport, streamUrl } from "./stream-url.js";
import type { StreamEntry } from "./streams.js";

/** Shows it for the tile; `entry` is what the server's list says of its stream, if it does. */
export function showEmbed(tile: Tile, transport: Transport, entry: StreamEntry | undefined): void {
  const { stream, player } = tile;
  element("now").hidden = stream === null;
  if (stream === null) return;
  let urls: Record<Transport, string>;
  try {
    const url = (over: Transport) =>
      streamUrl({ stream, transport: over }, location.href, entry?.flvgate?.flv);
    urls = { http: url("http"), ws: url("ws") };
  } catch {
    element("now").hidden = true;
    return;
  }
  const chosen = document.querySelector<HTMLInputElement>("input[name=kind]:checked")?.value;
  const kind = SNIPPET_KINDS.find((known) => known === chosen) ?? "element";
  setText("now-title", tile.title);
  setText("now-facts", entry ? facts(entry) : "");
  setText("embed", snippetOf(kind, urls[transport], player.mode, location.href));
  setText("http-url", urls.http);
  setText("ws-url", urls.ws);
}

/** Leaves alone what is right, so that a selection in it stays. */
function setText(id: string, text: string): void {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}
