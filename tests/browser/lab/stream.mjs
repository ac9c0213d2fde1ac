/** One stream as its viewers get it: tags with the moment at which each is sent, and the state of its server. */
import { AUDIO, SCRIPT, VIDEO, fileHeader, mux } from "./clip.mjs";

const now = () => performance.timeOrigin + performance.now();

/**
 * What a scenario makes of a recording. Times are milliseconds since the stream began.
 *
 * - `tags`: as of a clip, each with `at`, when it is sent; `timestamp` is what is written
 * - `join`: how old the stream is when its first viewer comes
 * - `away`: [from, to, how] spans in which its server is away; `how` is "end" (the connection ends as the format has it),
 *   "cut" (it is reset) or "close" (a WebSocket gets `closeCode`)
 * - `header`: flags of the file header
 * - `answers`: HTTP statuses, or redirects, that the first requests get
 */
export class Stream {
  constructor(plan) {
    this.plan = { join: 0, away: [], header: {}, answers: [], closeCode: 1000, ...plan };
    // The order of what was retimed is the order in which it is sent.
    this.tags = plan.tags.map((tag) => ({ at: tag.timestamp, ...tag }));
    this.tags.sort((one, other) => one.at - other.at);
    /** When the stream began, in milliseconds since 1970; with its first viewer. */
    this.began = undefined;
    this.requests = [];
    this.connections = [];
  }

  /** The age of the stream. */
  age() {
    this.began ??= now() - this.plan.join;
    return now() - this.began;
  }

  /** What the next request gets before it gets media: a status, { location }, or nothing of these. */
  answer() {
    this.requests.push(now());
    return this.plan.answers[this.requests.length - 1];
  }

  /** The span in which its server is away at that age. */
  absence(age) {
    return this.plan.away.find(([from, to]) => from <= age && age < to);
  }

  /**
   * Sends to one viewer from now on: `write` takes bytes, `leave` is told how the connection ends. Returns a function
   * that stops it.
   */
  serve(write, leave) {
    const age = this.age();
    this.connections.push(now());
    const start = this.#start(age);
    write(fileHeader(this.plan.header));
    for (const tag of this.#configurations(start)) write(mux(tag, this.tags[start]?.timestamp ?? 0));
    const departure = this.plan.away.find(([from]) => from > age);
    let next = start;
    let timer;
    const step = () => {
      const reached = this.age();
      if (departure && reached >= departure[0]) return leave(departure[2]);
      const due = [];
      while (next < this.tags.length && this.tags[next].at <= reached) {
        due.push(mux(this.tags[next], this.tags[next].timestamp));
        next += 1;
      }
      if (due.length > 0) write(Buffer.concat(due));
      const wake = Math.min(this.tags[next]?.at ?? Infinity, departure?.[0] ?? Infinity);
      if (wake === Infinity) return;
      timer = setTimeout(step, Math.max(0, wake - this.age()));
    };
    step();
    return () => clearTimeout(timer);
  }

  /** The last keyframe that is not younger than that age: what a server's cache begins with. */
  #start(age) {
    let start = 0;
    for (const [index, tag] of this.tags.entries()) {
      if (tag.at > age) break;
      if (tag.keyframe && !tag.raw) start = index;
    }
    return start;
  }

  /** The latest of each configuration before a tag, and the metadata. */
  #configurations(before) {
    const latest = new Map();
    for (const tag of this.tags.slice(0, before)) {
      if (tag.config || tag.type === SCRIPT) latest.set(tag.type, tag);
    }
    return [SCRIPT, VIDEO, AUDIO].flatMap((type) => latest.get(type) ?? []);
  }

  /** When the picture of that number should be seen by somebody without any delay, in milliseconds since 1970. */
  due(number) {
    this.dues ??= new Map(
      this.tags.flatMap((tag) => (tag.number === undefined ? [] : [[tag.number, tag.shown]])),
    );
    return this.began + this.dues.get(number);
  }
}
