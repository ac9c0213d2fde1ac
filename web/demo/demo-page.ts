/** What the page plays: its wall, its transport, its address, and the server's list. */
import { announce } from "./announce.js";
import { Controls } from "./controls.js";
import { showEmbed } from "./embed.js";
import { nameOf as nameIn, t } from "./i18n/language.js";
import { showInsight } from "./insight.js";
import { stateName } from "./notice.js";
import { checkRadio, element } from "./page.js";
import { showStreams } from "./stream-list.js";
import {
  type Mode,
  type Transport,
  addressOf,
  choiceOf,
  isUrl,
  modeOf,
  shortName,
  streamUrl,
  tilesOf,
} from "./stream-url.js";
import { type StreamEntry, fetchStreams, nameOf } from "./streams.js";
import type { Tile } from "./tile.js";
import { type WallSize, fillTiles, planTransport, wallSizeOf } from "./wall-plan.js";
import { Wall, type WallListener } from "./wall.js";

/** How often the list of streams is asked for, in milliseconds. */
const POLL_INTERVAL = 3000;
/** What plays by itself when it is live. */
const DEFAULT_STREAM = "live/demo";

export class Page implements WallListener {
  readonly #wall = new Wall(this);
  readonly #controls = new Controls(() => this.#wall.selected);
  /** The last list; `null` when the server did not answer, `undefined` before it was asked. */
  #streams: StreamEntry[] | null | undefined;
  #size: WallSize = 1;
  /** The wall's size, and its streams, before a tile was opened alone. */
  #before: { size: WallSize; streams: (string | null)[]; index: number } | null = null;
  /** What the reader asked for; a wall may need the other. */
  #wanted: Transport = "http";
  /** The reader asked for HTTP although the wall is too large for it. */
  #insists = false;
  /** What the tiles play over. */
  transport: Transport = "http";
  #mode: Mode = "mse";
  #helpIsNeeded: boolean | undefined;

  /** Plays what the address says, and asks the server from now on. */
  start(): void {
    this.#wall.resize(1);
    this.readAddress();
    this.#show();
    void this.#poll();
  }

  readAddress(): void {
    const choice = choiceOf(location.href);
    const { size, streams } = tilesOf(location.href);
    this.#wanted = choice?.transport ?? "http";
    this.#mode = modeOf(location.href);
    checkRadio("mode", this.#mode);
    if (!choice && size === null) return;
    this.#controls.showOverlay(wallSizeOf(size) === 1);
    this.#fill(wallSizeOf(size), streams);
  }

  resize(size: WallSize): void {
    this.#before = null;
    const { stream } = this.#wall.selected;
    // A wall that shrinks to one keeps what was looked at.
    const kept = size === 1 ? [stream] : this.#wall.tiles.map((tile) => tile.stream);
    if (size === 1) this.#wall.select(0);
    this.#controls.showOverlay(size === 1);
    this.#fill(size, kept);
    this.#remember();
  }

  /** Shows the selected tile alone, or the wall again. */
  openTile(): void {
    const before = this.#before;
    if (before) {
      this.resize(before.size);
      this.#fill(before.size, before.streams);
      this.#wall.tiles[before.index]?.root.focus();
      this.#remember();
    } else if (this.#size > 1) {
      const streams = this.#wall.tiles.map((tile) => tile.stream);
      const wall = { size: this.#size, streams, index: this.#wall.selectedIndex };
      this.resize(1);
      this.#before = wall;
      this.#wall.selected.root.focus();
    }
  }

  chooseTransport(transport: Transport): void {
    this.#wanted = transport;
    this.#insists = transport === "http";
    this.#playAll();
    this.#remember();
  }

  chooseMode(mode: Mode): void {
    this.#mode = mode;
    this.#playAll();
    this.#remember();
    this.showSelected();
  }

  /** Plays it in the selected tile. */
  pick(stream: string, transport: Transport = this.transport): void {
    const streams = this.#wall.tiles.map((tile) => tile.stream);
    streams[this.#wall.selectedIndex] = stream;
    if (transport !== this.transport) this.#wanted = transport;
    this.#fill(this.#size, streams, this.#wall.selected);
    this.#remember();
  }

  showSelected(): void {
    const tile = this.#wall.selected;
    const { stream, warning } = tile;
    this.#controls.show();
    showInsight(tile);
    showEmbed(tile, this.transport, this.#entryOf(stream));
    document.title = stream === null ? t("pageTitle") : `${shortName(stream)} – ${t("pageTitle")}`;
    element("warning").hidden = warning === null;
    if (!warning) return;
    const name = nameIn("codes", warning.code);
    element("warning-text").textContent = [name, warning.message].filter(Boolean).join(" – ");
  }

  translate(): void {
    if (this.#wall.tiles.length > 0) this.#show();
  }

  tileChanged(tile: Tile): void {
    if (tile !== this.#wall.selected) return;
    this.showSelected();
    const { error, state } = tile.player;
    const code = error ? nameIn("codes", error.code) : undefined;
    if (tile.stream !== null) announce(`${tile.title}: ${code ?? stateName(state)}`);
  }

  tileMeasured(tile: Tile): void {
    if (tile !== this.#wall.selected) return;
    this.#controls.show();
    showInsight(tile);
  }

  tileSelected(): void {
    this.showSelected();
    this.#showList();
  }

  tileOpened(): void {
    this.openTile();
  }

  #entryOf(stream: string | null): StreamEntry | undefined {
    return this.#streams?.find((entry) => nameOf(entry) === stream);
  }

  /** The URL over that transport; `null` where the stream is none. */
  #urlOf(stream: string, transport: Transport): string | null {
    try {
      return streamUrl({ stream, transport }, location.href, this.#entryOf(stream)?.flvgate?.flv);
    } catch {
      return null;
    }
  }

  /** Gives each tile a stream, of those that are chosen or live, and plays them; `again` even if it plays it already. */
  #fill(size: WallSize, chosen: readonly (string | null)[], again?: Tile): void {
    this.#size = size;
    this.#wall.resize(size);
    const live =
      this.#streams === undefined
        ? undefined
        : (this.#streams ?? []).map(nameOf).sort((one, other) => one.localeCompare(other));
    const streams = fillTiles(
      size,
      chosen.map((stream) => (stream === "" ? null : stream)),
      live,
    );
    this.#playAll(streams, again);
    this.#show();
  }

  #playAll(streams = this.#wall.tiles.map((tile) => tile.stream), again?: Tile): void {
    const urls = streams.flatMap((stream) => (stream && this.#urlOf(stream, "http")) ?? []);
    const plan = planTransport(urls, this.#wanted, this.#insists);
    if (plan.tooMany === 0) this.#insists = false;
    this.transport = plan.transport;
    checkRadio("transport", plan.transport);
    for (const [index, stream] of streams.entries()) {
      const tile = this.#wall.tiles[index];
      if (tile && stream !== null) this.#play(tile, stream, tile === again);
    }
    this.#showTransportNote(plan.tooMany);
  }

  #play(tile: Tile, stream: string, again: boolean): void {
    const url = this.#urlOf(stream, this.transport);
    if (url === null) {
      tile.stream = stream;
      tile.say({ title: t("noUrl"), text: stream, busy: false });
    } else if (
      again ||
      tile.stream !== stream ||
      tile.player.src !== url ||
      tile.player.mode !== this.#mode
    ) {
      tile.play(stream, url, this.#mode);
    }
  }

  /** Says why the transport is not the one that was asked for, or what comes of insisting. */
  #showTransportNote(count: number): void {
    const note = element("note");
    note.hidden = count === 0;
    const text = count === 0 ? "" : t(this.transport === "ws" ? "noteLimit" : "noteOverLimit", { count });
    if (text !== "" && text !== note.textContent) announce(text);
    note.textContent = text;
  }

  #remember(): void {
    const streams = this.#wall.tiles.map((tile) => tile.stream);
    if (streams.every((stream) => stream === null) && this.#size === 1) return;
    history.replaceState(null, "", addressOf(streams, this.transport, this.#mode, location.href));
  }

  #show(): void {
    checkRadio("size", String(this.#size));
    const { stream } = this.#wall.selected;
    element<HTMLInputElement>("url").value = stream !== null && isUrl(stream) ? stream : "";
    this.#showNothing();
    for (const tile of this.#wall.tiles) tile.show();
    this.#playAll();
    this.showSelected();
    this.#showList();
  }

  #showList(): void {
    showStreams(this.#streams, this.#wall.selected.stream, (stream) => {
      this.pick(stream);
    });
  }

  /** The first tile says why nothing is chosen. */
  #showNothing(): void {
    const [first] = this.#wall.tiles;
    if (first?.stream !== null) return;
    if (this.#streams === null) first.say({ title: t("noServer"), text: t("noServerText"), busy: true });
    else if (this.#streams?.length === 0) {
      first.say({ title: t("nothingLive"), text: t("nothingLiveText"), busy: false });
    } else first.say(null);
  }

  async #poll(): Promise<void> {
    this.#streams = await fetchStreams();
    const tiles = this.#wall.tiles.map((tile) => tile.stream);
    const isFree = tiles.every((stream) => stream === null);
    if (this.#size === 1 && isFree && this.#entryOf(DEFAULT_STREAM)) this.#fill(1, [DEFAULT_STREAM]);
    else if (this.#size > 1 && tiles.includes(null)) this.#fill(this.#size, tiles);
    this.#showNothing();
    this.#showList();
    const { selected } = this.#wall;
    showEmbed(selected, this.transport, this.#entryOf(selected.stream));
    this.#openHelpIfNeeded();
    setTimeout(() => void this.#poll(), POLL_INTERVAL);
  }

  /** Only a change opens or closes the help, so that it stays as the reader left it. */
  #openHelpIfNeeded(): void {
    const needed = (this.#streams ?? []).length === 0;
    if (needed !== this.#helpIsNeeded) element<HTMLDetailsElement>("publish").open = needed;
    this.#helpIsNeeded = needed;
  }
}
