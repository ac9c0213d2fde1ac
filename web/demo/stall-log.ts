/** When the picture stood still, why, and what ended it. Times are in milliseconds since 1970. */
import type { StreamState } from "../src/index.js";

export type StallCause = "starved" | "connection" | "publisher" | "jump" | "hidden" | "error";
export type StallRecovery = "data" | "reconnected" | "publisher" | "none";

export interface Stall {
  start: number;
  /** `null` while it goes on. */
  end: number | null;
  cause: StallCause;
  /** The code of the error that was told meanwhile, if one was. */
  code: string | null;
  recovery: StallRecovery | null;
}

/** What may have caused a stall. */
export interface Circumstances {
  state: StreamState;
  hidden: boolean;
  /** When the publisher's clock last jumped; `-Infinity` if never. */
  jumpedAt: number;
}

/** How many stalls are kept, so that a bad night does not fill the page. */
const KEPT = 100;
/** A halt that is shorter than that, in milliseconds, no one sees: it is about a frame. */
const UNSEEN = 50;
/** So soon after a jump, in milliseconds, a stall is the jump's doing. */
const JUMP_ECHO = 2000;

export function causeOf({ state, hidden, jumpedAt }: Circumstances, now: number): StallCause {
  if (state === "reconnecting" || state === "connecting") return "connection";
  if (state === "waiting-for-stream" || state === "ended") return "publisher";
  if (state === "failed") return "error";
  if (now - jumpedAt < JUMP_ECHO) return "jump";
  return hidden ? "hidden" : "starved";
}

export class StallLog {
  /** Newest last. */
  readonly entries: Stall[] = [];

  /** The stall that goes on. */
  get open(): Stall | null {
    const last = this.entries.at(-1);
    return last?.end === null ? last : null;
  }

  begin(now: number, circumstances: Circumstances): void {
    if (this.open) return;
    const cause = causeOf(circumstances, now);
    this.entries.push({ start: now, end: null, cause, code: null, recovery: null });
    if (this.entries.length > KEPT) this.entries.shift();
  }

  /** A new state may show what the stall that goes on comes from: often the picture stops before the connection does. */
  explain(now: number, circumstances: Circumstances): void {
    const { open } = this;
    if (!open) return;
    const cause = causeOf(circumstances, now);
    if (cause === "connection" || cause === "publisher" || cause === "error") open.cause = cause;
  }

  /** An error came while the picture stood still. */
  blame(code: string): void {
    if (this.open) this.open.code = code;
  }

  end(now: number, isOver: boolean): void {
    const { open } = this;
    if (!open) return;
    if (isOver && now - open.start < UNSEEN) {
      this.entries.pop();
      return;
    }
    open.end = now;
    open.recovery = !isOver ? "none" : RECOVERIES[open.cause];
  }

  clear(): void {
    this.entries.length = 0;
  }
}

const RECOVERIES: Record<StallCause, StallRecovery> = {
  starved: "data",
  jump: "data",
  hidden: "data",
  error: "data",
  connection: "reconnected",
  publisher: "publisher",
};
