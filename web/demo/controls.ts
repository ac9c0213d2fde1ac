/** The buttons under the picture, and the statistics over it. */
import type { FlvPlayerElement } from "../src/index.js";
import { statsRows } from "./format.js";
import { element, make } from "./page.js";

const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M7 5h3v14H7zM14 5h3v14h-3z",
  sound: "M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7",
  silent: "M4 9v6h4l5 4V5L8 9zM17 9l4 6m0-6l-4 6",
} as const;

/** Up to here behind its target, in seconds, playback counts as live. */
const LIVE_TOLERANCE = 1;

/** Connects the controls to the player. */
export function connectControls(player: FlvPlayerElement): void {
  const update = () => {
    updateButtons(player);
  };
  for (const type of ["play", "pause", "volumechange", "emptied"]) player.addEventListener(type, update);
  update();

  element("play").addEventListener("click", () => {
    if (player.paused) void player.play().catch(() => undefined);
    else player.pause();
  });
  element("mute").addEventListener("click", () => {
    setMuted(player, !player.muted);
  });
  element("unmute").addEventListener("click", () => {
    setMuted(player, false);
    element("mute").focus();
  });
  element<HTMLInputElement>("volume").addEventListener("input", ({ currentTarget }) => {
    player.volume = (currentTarget as HTMLInputElement).valueAsNumber;
    player.muted = player.volume === 0;
  });
  element("live").addEventListener("click", () => void player.play().catch(() => undefined));
  connectFullScreen();
  connectStats(player);
}

/** Shows the sound's button over the picture while there is sound to be turned on. */
export function updateUnmute(player: FlvPlayerElement): void {
  const hasSound = Boolean(player.stats?.audioCodec) && player.state === "playing";
  element("unmute").hidden = !(player.muted && hasSound);
}

function setMuted(player: FlvPlayerElement, muted: boolean): void {
  player.muted = muted;
  if (!muted && player.volume === 0) player.volume = 1;
  if (!muted && player.paused) void player.play().catch(() => undefined);
}

function updateButtons(player: FlvPlayerElement): void {
  element("play").ariaLabel = player.paused ? "Play" : "Pause";
  element("play-icon").setAttribute("d", player.paused ? ICONS.play : ICONS.pause);
  element("mute").ariaLabel = player.muted ? "Turn on sound" : "Turn off sound";
  element("mute-icon").setAttribute("d", player.muted ? ICONS.silent : ICONS.sound);
  element<HTMLInputElement>("volume").valueAsNumber = player.muted ? 0 : player.volume;
  updateUnmute(player);
}

function connectFullScreen(): void {
  const stage = document.querySelector(".stage");
  const button = element("fullscreen");
  // Phones may allow it for the video alone, or not at all.
  button.hidden = !stage || !document.fullscreenEnabled;
  button.addEventListener("click", () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void stage?.requestFullscreen();
  });
}

function connectStats(player: FlvPlayerElement): void {
  const overlay = element("overlay");
  const toggle = element("stats-toggle");
  let wanted = true;
  const update = () => {
    const { stats } = player;
    const isShown = wanted && stats !== null && stats.decodedFrames + stats.bytesReceived > 0;
    overlay.hidden = !isShown;
    if (isShown) {
      const rows = statsRows(stats).flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]);
      overlay.replaceChildren(...rows);
    }
    const isLive =
      player.state === "playing" && stats !== null && stats.latency < stats.targetLatency + LIVE_TOLERANCE;
    element("live").classList.toggle("on", isLive && !player.paused);
    element("live-text").textContent =
      player.state === "playing" && !isLive && stats ? `−${stats.latency.toFixed(0)} s` : "Live";
    updateUnmute(player);
  };
  player.addEventListener("stats", update);
  player.addEventListener("statechange", update);
  toggle.addEventListener("click", () => {
    wanted = !wanted;
    toggle.ariaPressed = String(wanted);
    update();
  });
}
