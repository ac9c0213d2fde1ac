/** From what a page noted to the numbers of the table. Times are milliseconds unless a name says otherwise. */

/** A picture that stands longer than this is a stall. */
const STALL = 300;
/** Browsers stop at the first picture until they have enough sound: no stall counts for so long from there. */
const START = 1000;
/** The picture moves when so many follow within that time. */
const MOVING = { pictures: 5, within: 600 };

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted.length > 0 ? sorted[Math.floor(sorted.length / 2)] : null;
}

/** The facts of one player's run on one stream. */
export function measure(report, stream, { mark = 0, seconds = 17 }) {
  const { loaded } = report;
  const pictures = report.shown
    .filter(([, number]) => number >= 0 && stream.due(number) !== undefined)
    .map(([at, number, width, time]) => ({ at, number, width, time, latency: at - stream.due(number) }));
  const started = (pictures[0]?.at ?? 0) + START;
  const gaps = pictures.flatMap(({ at }, index) => {
    const next = pictures[index + 1]?.at ?? at;
    return at < started ? [] : [{ at, gap: next - at }];
  });
  const end = loaded + seconds * 1000;
  const frozen = pictures.length > 0 ? Math.max(0, end - pictures.at(-1).at) : 0;
  const lengths = [...gaps.map(({ gap }) => gap), frozen];
  const stalls = lengths.filter((gap) => gap > STALL);
  const from = stream.began === undefined ? loaded : stream.began + mark;
  return {
    pictures,
    loaded,
    from,
    frames: new Set(pictures.map(({ number }) => number)).size,
    first: pictures.length > 0 ? pictures[0].at - loaded : null,
    stalls: stalls.length,
    stalled: stalls.reduce((sum, gap) => sum + gap, 0),
    longest: Math.max(...lengths),
    longestBetween: (start, stop) =>
      Math.max(0, ...gaps.filter(({ at }) => from + start <= at && at < from + stop).map(({ gap }) => gap)),
    recovery: recovery(pictures, stream, from),
    latency: median(latencies(pictures, end - 3000, end - 500)),
    back: back(pictures.slice(1).map((picture, index) => picture.time - pictures[index].time)),
    target: report.stats?.targetLatency ?? null,
    told: report.told,
    element: report.element,
    samples: report.samples,
    audioBytes: report.audioBytes,
    stats: report.stats,
    requests: stream.requests.length,
    settles: (limit) => settles(pictures, from, limit),
    latencyBetween: (start, stop) => median(latencies(pictures, loaded + start, loaded + stop)),
  };
}

function latencies(pictures, from, to) {
  return pictures.filter(({ at }) => from <= at && at < to).map(({ latency }) => latency);
}

/** From the end of the trouble until pictures that are as new as that move. */
function recovery(pictures, stream, from) {
  const fresh = pictures.filter(({ number }) => stream.due(number) >= from - 1);
  const first = fresh.findIndex((picture, index) => {
    const last = fresh[index + MOVING.pictures - 1];
    return last && last.at - picture.at < MOVING.within;
  });
  return first < 0 ? null : fresh[first].at - from;
}

/** How far the playhead ever went back, in seconds. */
const back = (steps) => -Math.min(0, ...steps);

/** How long after the end of the trouble a second begins in which most pictures are no later than `limit`. */
function settles(pictures, from, limit) {
  const after = pictures.filter(({ at }) => at >= from);
  const settled = after.find(({ at }) => {
    const second = after.filter((picture) => picture.at >= at && picture.at < at + 1000);
    return second.length >= MOVING.pictures && median(second.map(({ latency }) => latency)) <= limit;
  });
  return settled ? settled.at - from : null;
}

/** What a player told, shortly: each code with how often it came. */
export function summary(told) {
  const counts = new Map();
  for (const { type, code, state, fatal } of told) {
    if (type === "tracks") continue;
    const name = type === "statechange" ? state : [code ?? type, fatal ? "(fatal)" : ""].join("");
    if (["connecting", "playing", "idle"].includes(name)) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count > 1 ? `${name} x${count}` : name)).join(", ");
}
