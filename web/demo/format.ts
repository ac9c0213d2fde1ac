/** Numbers and facts as a person reads them. */
import type { PlayerStats } from "../src/index.js";
import type { StreamEntry } from "./streams.js";

/** `1.8 Mb/s`, `640 kb/s`. */
export function bitrate(kilobitsPerSecond: number): string {
  return kilobitsPerSecond >= 1000
    ? `${(kilobitsPerSecond / 1000).toFixed(2)} Mb/s`
    : `${Math.round(kilobitsPerSecond)} kb/s`;
}

/** `1:02:03`, `4:05`. */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const padded = (number: number) => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}

/** What a stream is made of: `H264 1280×720 · AAC · 1.80 Mb/s · 4:05`. */
export function facts(stream: StreamEntry): string {
  const { video, audio } = stream;
  const size = video?.width && video.height ? ` ${video.width}×${video.height}` : "";
  return [
    video && `${video.codec}${size}`,
    audio?.codec,
    stream.kbps.recv_30s > 0 && bitrate(stream.kbps.recv_30s),
    stream.flvgate && duration(stream.flvgate.live_for_ms),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The rows of the statistics overlay, as (name, value). */
export function statsRows(stats: PlayerStats): [string, string][] {
  const milliseconds = (seconds: number) => `${Math.round(seconds * 1000)} ms`;
  const size = stats.width > 0 ? `${stats.width}×${stats.height}` : "–";
  const rate = stats.framesPerSecond > 0 ? ` @ ${stats.framesPerSecond.toFixed(1)} fps` : "";
  const audio = stats.audioCodec
    ? `${stats.audioCodec} ${(stats.sampleRate / 1000).toFixed(1)} kHz ×${stats.channels}`
    : "none";
  return [
    ["transport", stats.transport === "http-flv" ? "HTTP-FLV" : "WebSocket-FLV"],
    ["video", stats.videoCodec ?? "none"],
    ["picture", size + rate],
    ["audio", audio],
    ["bit rate", bitrate(stats.kilobitsPerSecond)],
    ["latency", `${milliseconds(stats.latency)} (target ${milliseconds(stats.targetLatency)})`],
    ["buffer", milliseconds(stats.bufferAhead)],
    ["speed", `${stats.playbackRate.toFixed(2)}×`],
    ["frames", `${stats.decodedFrames} (${stats.droppedFrames} dropped)`],
    ["stalls", `${stats.stalls}, ${stats.reconnects} reconnects`],
  ];
}
