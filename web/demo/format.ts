/** Numbers and facts as a person reads them. */
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
