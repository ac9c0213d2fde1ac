/** Decisions of the stream wall: which stream is in which tile, over which transport, and where the arrow keys go. */
import type { Transport } from "./stream-url.js";

export const WALL_SIZES = [1, 4, 9, 12] as const;
export type WallSize = (typeof WALL_SIZES)[number];

/** Browsers open six connections to one origin over HTTP/1.1; one is left for the page's own requests. */
const PLAIN_HTTP_LIMIT = 5;

export function wallSizeOf(text: string | null): WallSize {
  return WALL_SIZES.find((size) => String(size) === text) ?? 1;
}

/**
 * A stream for each tile. What is chosen stays; the others get streams that are live and in no tile yet, then the live
 * ones again, and with none live what is chosen first. Before the server has said what is live, they stay free.
 */
export function fillTiles(
  size: number,
  chosen: readonly (string | null | undefined)[],
  live: readonly string[] | undefined,
): (string | null)[] {
  if (!live) return Array.from({ length: size }, (_, index) => chosen[index] ?? null);
  const first = chosen.find(Boolean) ?? null;
  const used = new Set(chosen.slice(0, size));
  const fresh = live.filter((stream) => !used.has(stream));
  let again = 0;
  return Array.from({ length: size }, (_, index) => {
    if (chosen[index]) return chosen[index];
    // With nothing chosen and one tile, it is the reader who chooses.
    if (size === 1) return null;
    return fresh.shift() ?? live[again++ % Math.max(1, live.length)] ?? first;
  });
}

export interface TransportPlan {
  transport: Transport;
  /** How many connections one server would get that takes six at most; 0 where there is no such limit in the way. */
  tooMany: number;
}

/** The transport for all of these URLs: WebSocket where plain HTTP would run out of connections, unless the reader insists. */
export function planTransport(urls: readonly string[], wanted: Transport, insists: boolean): TransportPlan {
  const counts = new Map<string, number>();
  for (const url of urls) {
    const { protocol, host } = new URL(url);
    if (protocol === "http:" || protocol === "ws:") counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  if (wanted === "ws" || most <= PLAIN_HTTP_LIMIT) return { transport: wanted, tooMany: 0 };
  return { transport: insists ? "http" : "ws", tooMany: most };
}

/** The tile that a key goes to from another; `null` if the key goes nowhere. */
export function neighbour(index: number, key: string, columns: number, count: number): number | null {
  const column = index % columns;
  const target =
    key === "ArrowLeft"
      ? index - 1
      : key === "ArrowRight"
        ? index + 1
        : key === "ArrowUp"
          ? index - columns
          : key === "ArrowDown"
            ? index + columns
            : key === "Home"
              ? 0
              : key === "End"
                ? count - 1
                : -1;
  if (target < 0 || target >= count) return null;
  // Left and right stay in their row.
  if (key === "ArrowLeft" && column === 0) return null;
  if (key === "ArrowRight" && column === columns - 1) return null;
  return target;
}
