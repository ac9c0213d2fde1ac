/** Statistics as a person reads them. Fields that this page has never heard of are shown too, under their own names. */
import type { PlayerStats } from "../src/index.js";
import { bitrate } from "./format.js";
import { nameOf, t } from "./i18n/language.js";
import { stateName } from "./notice.js";

/** How the fields with a unit are written; the others go by their type. */
const UNITS: Partial<Record<keyof PlayerStats, (value: number) => string>> = {
  sampleRate: (hertz) => (hertz > 0 ? `${(hertz / 1000).toFixed(1)} kHz` : "–"),
  width: (pixels) => (pixels > 0 ? `${pixels} px` : "–"),
  height: (pixels) => (pixels > 0 ? `${pixels} px` : "–"),
  framesPerSecond: (rate) => `${rate.toFixed(1)} fps`,
  kilobitsPerSecond: bitrate,
  bytesReceived: bytes,
  latency: milliseconds,
  targetLatency: milliseconds,
  bufferAhead: milliseconds,
  endToEndLatency: milliseconds,
  stallSeconds: milliseconds,
  wasmMilliseconds: (time) => `${time.toFixed(1)} ms/s`,
  playbackRate: (rate) => `${rate.toFixed(2)}×`,
};

const TRANSPORTS: Record<string, string> = { "http-flv": "HTTP-FLV", "websocket-flv": "WebSocket-FLV" };

/** Every field as (key, name, value). */
export function allRows(stats: object): [key: string, name: string, value: string][] {
  return Object.entries(stats).map(([key, value]) => [
    key,
    nameOf("stats", key) ?? worded(key),
    written(key, value),
  ]);
}

/** The rows over the picture, as (name, value): little enough to leave the picture to be seen. */
export function overlayRows(stats: PlayerStats): [string, string][] {
  const name = (key: keyof PlayerStats) => nameOf("stats", key) ?? key;
  const size = stats.width > 0 ? `${stats.width}×${stats.height}` : "–";
  const rate = stats.framesPerSecond > 0 ? ` @ ${stats.framesPerSecond.toFixed(1)} fps` : "";
  const audio = stats.audioCodec
    ? `${stats.audioCodec} ${(stats.sampleRate / 1000).toFixed(1)} kHz ×${stats.channels}`
    : t("none");
  return [
    [name("transport"), TRANSPORTS[stats.transport] ?? stats.transport],
    [name("videoCodec"), `${stats.videoCodec ?? t("none")} ${size}${rate}`],
    [name("audioCodec"), audio],
    [name("kilobitsPerSecond"), bitrate(stats.kilobitsPerSecond)],
    [name("latency"), `${milliseconds(stats.latency)} → ${milliseconds(stats.targetLatency)}`],
    [name("bufferAhead"), milliseconds(stats.bufferAhead)],
    [name("playbackRate"), `${stats.playbackRate.toFixed(2)}×`],
    [name("droppedFrames"), `${stats.droppedFrames} / ${stats.decodedFrames}`],
    [name("stalls"), String(stats.stalls)],
  ];
}

export function milliseconds(seconds: number): string {
  return `${Math.round(seconds * 1000)} ms`;
}

/** `1.2 MB`, in powers of ten. */
function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

function written(key: string, value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return "–";
    const unit = Object.hasOwn(UNITS, key) ? UNITS[key as keyof PlayerStats] : undefined;
    return unit ? unit(value) : String(Number(value.toFixed(3)));
  }
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (key === "state") return stateName(value as PlayerStats["state"]);
  if (key === "streamType") return t(value === "live" ? "live" : "file");
  if (typeof value === "string") return TRANSPORTS[value] ?? value;
  return JSON.stringify(value);
}

/** `endToEndLatency` as `End to end latency`. */
function worded(key: string): string {
  const words = key.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
