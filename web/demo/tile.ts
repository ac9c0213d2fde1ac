/** One player of the wall, with what is known of its past. */
import type { FlvPlayerElement, WarningDetail } from "../src/index.js";
import { LatencyHistory } from "./latency-history.js";
import { type Notice, noticeOf, stateName } from "./notice.js";
import { t } from "./i18n/language.js";
import { make } from "./page.js";
import { type Circumstances, StallLog } from "./stall-log.js";
import { type Mode, shortName } from "./stream-url.js";

/** What the page wants to know of a tile. */
export interface TileListener {
  /** Its state, its picture or its sound changed. */
  tileChanged(tile: Tile): void;
  /** A second has passed. */
  tileMeasured(tile: Tile): void;
}

export class Tile {
  readonly root = make("div", "tile");
  readonly player: FlvPlayerElement = document.createElement("flv-player");
  readonly history = new LatencyHistory();
  readonly stalls = new StallLog();
  /** `app/stream` or a URL; `null`: nothing. */
  stream: string | null = null;
  /** The last thing that the player could not play or left out. */
  warning: WarningDetail | null = null;
  /** Said instead of what the player's state says. */
  #ownNotice: Notice | null = null;
  #notice = make("div", "notice");
  #label = make("div", "tile-label");
  #name = make("span", "tile-name");
  #measure = make("span", "tile-measure");
  #unmute = make("button", "unmute");
  #listener: TileListener;
  #number: number;
  #hasPlayed = false;
  #jumpedAt = -Infinity;
  #stoodAt = 0;

  constructor(number: number, listener: TileListener) {
    this.#number = number;
    this.#listener = listener;
    this.root.setAttribute("role", "group");
    this.player.muted = true;
    this.player.setAttribute("muted", "");
    this.player.setAttribute("playsinline", "");
    this.#unmute.type = "button";
    this.#label.append(this.#name, this.#measure);
    this.root.append(this.player, this.#notice, this.#label, this.#unmute);
    this.#connect();
    this.show();
  }

  /** Plays it; the past of another stream is forgotten. */
  play(stream: string, url: string, mode: Mode): void {
    if (this.stream !== stream) {
      this.history.clear();
      this.stalls.clear();
    }
    this.stream = stream;
    this.warning = null;
    this.#ownNotice = null;
    this.#hasPlayed = false;
    this.player.autoplay = true;
    this.player.mode = mode;
    if (this.player.src !== url) this.player.src = url;
    else this.player.load();
    this.show();
  }

  /** Says that instead of playing. */
  say(notice: Notice | null): void {
    this.#ownNotice = notice;
    this.show();
  }

  /** Ends what it does, before it leaves the page. */
  close(): void {
    this.player.stop();
    this.root.remove();
  }

  setMuted(muted: boolean): void {
    const { player } = this;
    player.muted = muted;
    if (!muted && player.volume === 0) player.volume = 1;
    if (!muted && player.paused) void player.play().catch(() => undefined);
  }

  togglePlay(): void {
    if (this.player.paused) void this.player.play().catch(() => undefined);
    else this.player.pause();
  }

  /** How the tile is called. */
  get title(): string {
    return this.stream === null ? t("tileEmpty") : shortName(this.stream);
  }

  /** Brings what is seen up to date. */
  show(): void {
    const { player, stream } = this;
    const notice = this.#ownNotice ?? (stream === null ? EMPTY() : noticeOf(player, shortName(stream)));
    this.#notice.hidden = notice === null;
    if (notice) this.#showNotice(notice);
    const state = this.#ownNotice?.title ?? stateName(player.state);
    this.root.ariaLabel = t("tile", { number: this.#number, stream: this.title, state });
    this.#name.textContent = this.title;
    const { stats } = player;
    this.#measure.textContent =
      player.state === "playing" && stats && this.#hasPlayed ? `${Math.round(stats.latency * 1000)} ms` : "";
    this.#unmute.textContent = t("soundOn");
    this.#unmute.hidden = !(player.muted && Boolean(stats?.audioCodec) && player.state === "playing");
  }

  #showNotice({ title, text, detail, busy }: Notice): void {
    const parts = busy ? [make("span", "spinner")] : [];
    parts.push(make("p", "notice-title", title), make("p", "notice-text", text));
    if (detail) {
      const words = make("p", "notice-text notice-detail", detail);
      words.lang = "en";
      parts.push(words);
    }
    this.#notice.replaceChildren(...parts);
  }

  #connect(): void {
    const { player } = this;
    const changed = () => {
      this.show();
      this.#listener.tileChanged(this);
    };
    for (const type of ["play", "pause", "volumechange", "emptied", "tracks"])
      player.addEventListener(type, changed);
    player.addEventListener("statechange", () => {
      this.stalls.explain(Date.now(), this.#circumstances());
      if (player.state === "failed" || player.state === "ended") this.stalls.end(Date.now(), false);
      changed();
    });
    player.addEventListener("error", ({ detail }) => {
      // The media element's own error events have no detail.
      if (detail as unknown) this.stalls.blame(detail.code);
      changed();
    });
    player.addEventListener("warning", ({ detail }) => {
      this.warning = detail;
      changed();
    });
    player.addEventListener("discontinuity", () => (this.#jumpedAt = Date.now()));
    player.addEventListener("stats", () => {
      this.#measureNow();
    });
    this.#unmute.addEventListener("click", () => {
      this.setMuted(false);
      this.root.focus();
    });
    this.#watchStalls();
  }

  /** The picture stands from `waiting` until its time goes on. */
  #watchStalls(): void {
    const { player } = this;
    const stands = () => {
      if (!this.#hasPlayed || player.paused) return;
      this.#stoodAt = player.currentTime;
      this.stalls.begin(Date.now(), this.#circumstances());
    };
    const moves = () => {
      if (player.paused || player.readyState < 3) return;
      this.#hasPlayed = true;
      if (player.currentTime !== this.#stoodAt) this.stalls.end(Date.now(), true);
    };
    player.addEventListener("waiting", stands);
    player.addEventListener("playing", moves);
    player.addEventListener("timeupdate", moves);
  }

  #measureNow(): void {
    const { stats, state } = this.player;
    const plays = state === "playing" && this.#hasPlayed && stats !== null;
    this.history.add({
      at: Date.now(),
      latency: plays ? stats.latency : null,
      target: plays ? stats.targetLatency : null,
    });
    this.show();
    this.#listener.tileMeasured(this);
  }

  #circumstances(): Circumstances {
    return { state: this.player.state, hidden: document.hidden, jumpedAt: this.#jumpedAt };
  }
}

const EMPTY = (): Notice => ({ title: t("emptyTile"), text: t("emptyTileText"), busy: false });
