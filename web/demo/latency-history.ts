/** The latency of the last two minutes, and where it goes in a graph. */
import type { Stall } from "./stall-log.js";

/** How much of the past is shown, in milliseconds. */
export const SPAN = 120_000;

/** Times in milliseconds since 1970, the rest in seconds; `null` while nothing played. */
export interface Sample {
  at: number;
  latency: number | null;
  target: number | null;
}

export class LatencyHistory {
  readonly samples: Sample[] = [];

  add(sample: Sample): void {
    this.samples.push(sample);
    // One that is too old stays, for the line comes from there.
    while ((this.samples[1]?.at ?? Infinity) < sample.at - SPAN) this.samples.shift();
  }

  clear(): void {
    this.samples.length = 0;
  }
}

/** Where to draw, in pixels. */
export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What to draw, in pixels. */
export interface GraphShape {
  latency: string;
  target: string;
  /** One for each stall. */
  bands: { x: number; width: number }[];
  ticks: { y: number; seconds: number }[];
  /** Where the lines end; `null` if they do not reach the present. */
  now: { x: number; latency: number; target: number } | null;
}

/** The next of 0.1, 0.2, 0.5, 1, 2, 5, ... that holds that many seconds. */
export function ceilingOf(seconds: number): number {
  let power = 0.1;
  for (;;) {
    for (const step of [1, 2, 5]) if (step * power >= seconds) return Number((step * power).toFixed(1));
    power *= 10;
  }
}

export function shapeOf(
  samples: readonly Sample[],
  stalls: readonly Stall[],
  now: number,
  frame: Frame,
): GraphShape {
  const values = samples.flatMap(({ latency, target }) => [latency ?? 0, target ?? 0]);
  // Air above the highest, so that the line does not touch the edge.
  const ceiling = ceilingOf(Math.max(0.4, ...values) * 1.1);
  const x = (at: number) => frame.left + frame.width * Math.min(1, Math.max(0, 1 - (now - at) / SPAN));
  const y = (seconds: number) => frame.top + frame.height * (1 - seconds / ceiling);
  const last = samples.at(-1);
  return {
    latency: pathOf(samples, (sample) => sample.latency, x, y),
    target: pathOf(samples, (sample) => sample.target, x, y),
    bands: stalls
      .filter((stall) => (stall.end ?? now) > now - SPAN)
      .map((stall) => ({ x: x(stall.start), width: Math.max(2, x(stall.end ?? now) - x(stall.start)) })),
    ticks: [0, ceiling / 2, ceiling].map((seconds) => ({ seconds, y: y(seconds) })),
    now:
      last?.latency == null || last.target === null
        ? null
        : { x: x(last.at), latency: y(last.latency), target: y(last.target) },
  };
}

/** A line through all samples, with a hole where there is no value. */
function pathOf(
  samples: readonly Sample[],
  value: (sample: Sample) => number | null,
  x: (at: number) => number,
  y: (seconds: number) => number,
): string {
  let path = "";
  let pen = "M";
  for (const sample of samples) {
    const seconds = value(sample);
    if (seconds === null) {
      pen = "M";
      continue;
    }
    path += `${pen}${x(sample.at).toFixed(1)} ${y(seconds).toFixed(1)}`;
    pen = "L";
  }
  return path;
}
