/** The buttons under the wall, which work the selected tile, and the statistics over its picture. */
import { t } from "./i18n/language.js";
import { element, make } from "./page.js";
import { overlayRows } from "./stats-rows.js";
import type { Tile } from "./tile.js";

const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M7 5h3v14H7zM14 5h3v14h-3z",
  sound: "M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7",
  silent: "M4 9v6h4l5 4V5L8 9zM17 9l4 6m0-6l-4 6",
} as const;

/** Up to here behind its target, in seconds, playback counts as live. */
const LIVE_TOLERANCE = 1;

export class Controls {
  #overlay = make("dl", "overlay");
  #overlayIsWanted = true;
  #selected: () => Tile;

  constructor(selected: () => Tile) {
    this.#selected = selected;
    this.#overlay.id = "overlay";
    const player = () => this.#selected().player;
    element("play").addEventListener("click", () => {
      this.#selected().togglePlay();
    });
    element("mute").addEventListener("click", () => {
      this.#selected().setMuted(!player().muted);
    });
    element<HTMLInputElement>("volume").addEventListener("input", ({ currentTarget }) => {
      player().volume = (currentTarget as HTMLInputElement).valueAsNumber;
      player().muted = player().volume === 0;
    });
    element("live").addEventListener(
      "click",
      () =>
        void player()
          .play()
          .catch(() => undefined),
    );
    element("stats-toggle").addEventListener("click", () => {
      this.showOverlay(!this.#overlayIsWanted);
    });
    // Phones may allow it for the video alone, or not at all.
    element("fullscreen").hidden = !document.fullscreenEnabled;
    element("fullscreen").addEventListener("click", toggleFullScreen);
  }

  showOverlay(wanted: boolean): void {
    this.#overlayIsWanted = wanted;
    element("stats-toggle").ariaPressed = String(wanted);
    this.show();
  }

  /** Brings what is seen up to date. */
  show(): void {
    const { player, root } = this.#selected();
    element("play").ariaLabel = player.paused ? t("play") : t("pause");
    element("play-icon").setAttribute("d", player.paused ? ICONS.play : ICONS.pause);
    element("mute").ariaLabel = player.muted ? t("soundOn") : t("soundOff");
    element("mute-icon").setAttribute("d", player.muted ? ICONS.silent : ICONS.sound);
    const volume = element<HTMLInputElement>("volume");
    if (document.activeElement !== volume) volume.valueAsNumber = player.muted ? 0 : player.volume;

    const { stats, state } = player;
    const isLate =
      state === "playing" && stats !== null && stats.latency >= stats.targetLatency + LIVE_TOLERANCE;
    element("live").classList.toggle("on", state === "playing" && !isLate && !player.paused);
    element("live-text").textContent = isLate ? `−${stats.latency.toFixed(0)} s` : t("live");

    const isShown = this.#overlayIsWanted && stats !== null && state === "playing";
    this.#overlay.hidden = !isShown;
    this.#overlay.ariaLabel = t("overlayLabel");
    if (this.#overlay.parentElement !== root) root.append(this.#overlay);
    if (!isShown) return;
    this.#overlay.replaceChildren(
      ...overlayRows(stats).flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]),
    );
  }
}

function toggleFullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.querySelector(".stage")?.requestFullscreen();
}
