/** The card under the picture: what plays, and where else to play it. */
import { facts } from "./format.js";
import { element } from "./page.js";
import { type Choice, isUrl, streamUrl } from "./stream-url.js";
import type { StreamEntry } from "./streams.js";

/** Shows the choice; `entry` is what the server's list says of it, if it does. */
export function showNowPlaying(choice: Choice, entry: StreamEntry | undefined): void {
  const { stream } = choice;
  const url = (transport: Choice["transport"]) =>
    streamUrl({ stream, transport }, location.href, entry?.flvgate?.flv);
  const [http, ws] = [url("http"), url("ws")];
  element("now").hidden = false;
  element("now-title").textContent = isUrl(stream) ? new URL(stream).pathname.slice(1) : stream;
  element("now-facts").textContent = entry ? facts(entry) : "";
  element("http-url").textContent = http;
  element("ws-url").textContent = ws;
  const script = new URL("flvgate-player.js", location.href).href;
  element("embed").textContent =
    `<script type="module" src="${script}"></script>\n` +
    `<flv-player src="${choice.transport === "ws" ? ws : http}" autoplay muted controls></flv-player>`;
}
