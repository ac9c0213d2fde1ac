/** The demo page: what is live, and a player for it. */
import "../src/index.js";
import type { FlvPlayerElement } from "../src/index.js";
import { connectControls } from "./controls.js";
import { connectCopyButtons } from "./copy.js";
import { facts } from "./format.js";
import { NOTHING_LIVE, NO_SERVER, noticeOf, show } from "./notice.js";
import { showNowPlaying } from "./now-playing.js";
import { element, make } from "./page.js";
import { showPublishHelp } from "./publish-help.js";
import {
  type Choice,
  type Transport,
  addressOf,
  choiceOf,
  choiceOfText,
  isUrl,
  streamUrl,
} from "./stream-url.js";
import { type StreamEntry, fetchStreams, nameOf } from "./streams.js";

/** How often the list of streams is asked for, in milliseconds. */
const POLL_INTERVAL = 3000;
/** What plays by itself when it is live. */
const DEFAULT_STREAM = "live/demo";

const player = element<FlvPlayerElement>("player");
let choice: Choice | null = choiceOf(location.href);
/** The last list; `null` when the server did not answer, `undefined` before it was asked. */
let streams: StreamEntry[] | null | undefined;

function selectedTransport(): Transport {
  return document.querySelector<HTMLInputElement>("input[name=transport]:checked")?.value === "ws"
    ? "ws"
    : "http";
}

function selectTransport(transport: Transport): void {
  const input = document.querySelector<HTMLInputElement>(`input[name=transport][value=${transport}]`);
  if (input) input.checked = true;
}

/** Plays it, and says so in the page's address. */
function play(next: Choice, remember = true): void {
  choice = next;
  selectTransport(next.transport);
  element<HTMLInputElement>("url").value = isUrl(next.stream) ? next.stream : "";
  if (remember) history.replaceState(null, "", addressOf(next, location.href));
  let url: string;
  try {
    url = streamUrl(next, location.href, chosenEntry()?.flvgate?.flv);
  } catch {
    show({ title: "That is no URL", text: next.stream, busy: false });
    return;
  }
  player.autoplay = true;
  if (player.src === url) player.load();
  else player.src = url;
  showNowPlaying(next, chosenEntry());
  document.title = `${isUrl(next.stream) ? new URL(next.stream).pathname.slice(1) : next.stream} – flvgate`;
  showStreams();
}

function showNotice(): void {
  if (choice)
    show(noticeOf(player, isUrl(choice.stream) ? new URL(choice.stream).pathname.slice(1) : choice.stream));
  else if (streams === null) show(NO_SERVER);
  else show(streams === undefined ? null : NOTHING_LIVE);
}

/** What the server's list says of the choice. */
function chosenEntry(): StreamEntry | undefined {
  return streams?.find((stream) => nameOf(stream) === choice?.stream);
}

function streamButton(stream: StreamEntry): HTMLLIElement {
  const name = nameOf(stream);
  const viewers = stream.flvgate?.viewers ?? Math.max(0, stream.clients - 1);
  const button = make("button", "stream");
  button.type = "button";
  button.dataset.stream = name;
  button.ariaCurrent = String(choice?.stream === name);
  button.append(
    make("span", "stream-name", name),
    make("span", "stream-viewers", viewers === 1 ? "1 viewer" : `${viewers} viewers`),
    make("span", "stream-facts", facts(stream)),
  );
  button.addEventListener("click", () => {
    play({ stream: name, transport: selectedTransport() });
  });
  const item = make("li");
  item.append(button);
  return item;
}

function showStreams(): void {
  const list = element("streams");
  // The list is made anew at each poll; who tabs through it must not be thrown out.
  const focused = (document.activeElement as HTMLElement | null)?.dataset.stream;
  const entries = [...(streams ?? [])].sort((one, other) => nameOf(one).localeCompare(nameOf(other)));
  list.replaceChildren(...entries.map(streamButton));
  if (focused) list.querySelector<HTMLElement>(`[data-stream="${CSS.escape(focused)}"]`)?.focus();

  const empty = element("streams-empty");
  empty.hidden = streams === undefined || entries.length > 0;
  empty.textContent =
    streams === null
      ? "The server does not answer."
      : "Nothing is live. Publish a stream, and it shows up here.";
  element("live-count").textContent = streams ? `${entries.length} live` : streams === null ? "offline" : "";
}

/** Only a change opens or closes the help, so that it stays as the reader left it. */
let helpIsNeeded: boolean | undefined;

function showHelpIfNeeded(): void {
  const needed = (streams ?? []).length === 0;
  if (needed !== helpIsNeeded) element<HTMLDetailsElement>("publish").open = needed;
  helpIsNeeded = needed;
}

async function poll(): Promise<void> {
  streams = await fetchStreams();
  if (choice === null && streams?.some((stream) => nameOf(stream) === DEFAULT_STREAM)) {
    play({ stream: DEFAULT_STREAM, transport: selectedTransport() }, false);
  }
  if (choice && chosenEntry()) showNowPlaying(choice, chosenEntry());
  showStreams();
  showHelpIfNeeded();
  showNotice();
  setTimeout(() => void poll(), POLL_INTERVAL);
}

function connectPage(): void {
  player.addEventListener("statechange", showNotice);
  player.addEventListener("error", showNotice);
  for (const input of document.querySelectorAll<HTMLInputElement>("input[name=transport]")) {
    input.addEventListener("change", () => {
      if (choice) play({ ...choice, transport: selectedTransport() });
    });
  }
  element<HTMLFormElement>("url-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = element<HTMLInputElement>("url").value;
    if (text.trim() !== "") play(choiceOfText(text, selectedTransport()));
  });
  addEventListener("hashchange", () => {
    const next = choiceOf(location.href);
    if (next) play(next, false);
  });
}

showPublishHelp(location.hostname);
connectCopyButtons();
connectControls(player);
connectPage();
if (choice) play(choice, false);
void poll();
