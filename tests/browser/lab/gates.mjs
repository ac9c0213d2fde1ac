/** What flvgate promises in each scenario. Times are milliseconds. */

const GOP = 1000;
/** One GOP and what it takes to show a picture. */
const RECOVERY_MAX = GOP + 200;
/** A picture that stands no longer than this has not stalled; it leaves room for a machine that is busy. */
const SMOOTH = 300;

export const GATES = {
  lyingHeader: ({ first }) => within("first picture", first, 1000),
  restart0: restarted,
  back30: restarted,
  forward60: restarted,
  wrap31: unnoticed,
  wrap32: unnoticed,
  codecs: playsThrough,
  stall3: (facts) => within("back near the target", facts.settles(target(facts) + 300), 10_000),
  audioGap2: withoutLastingLatency,
  audioGap05: withoutLastingLatency,
  burst2: (facts) => within("at the target", facts.settles(target(facts) + 150), 5000),
  end: reconnects,
  serverRestart: reconnects,
  s401: refused,
  s403: refused,
  s404: waitsForStream,
};

/** What a run has missed, in words; empty if nothing. */
export function check(name, facts) {
  return (GATES[name]?.(facts) ?? []).filter((text) => text !== null);
}

const target = ({ target: seconds }) => seconds * 1000;

function within(what, value, limit) {
  if (value !== null && value <= limit) return [null];
  return [`${what}: ${value === null ? "never" : `after ${Math.round(value)} ms`}, not within ${limit} ms`];
}

function restarted(facts) {
  const announced = facts.told.some(({ type }) => type === "discontinuity");
  return [
    ...within("moving again", facts.recovery, RECOVERY_MAX),
    announced ? null : "no discontinuity event",
    ...neverBack(facts),
  ];
}

function unnoticed(facts) {
  const told = facts.told.filter(({ type }) => type !== "statechange" && type !== "tracks");
  return [
    told.length > 0 ? `events came: ${told.map(({ type, code }) => code ?? type)}` : null,
    ...smooth(facts, 2000),
    ...neverBack(facts),
  ];
}

function withoutLastingLatency(facts) {
  const [before, after] = [facts.latencyBetween(3500, 6000), facts.latency];
  return [
    ...smooth(facts, 4000),
    after !== null && after < before + 100 ? null : `latency went from ${before} to ${after} ms`,
  ];
}

function playsThrough(facts) {
  const failed = facts.told.some(({ type }) => type === "error" || type === "warning");
  return [
    ...within("longest picture", facts.longestBetween(-200, 5000), GOP),
    ...within("pictures of the other codec", facts.recovery, RECOVERY_MAX),
    failed ? "an error or a warning came" : null,
  ];
}

function reconnects(facts) {
  const failed = facts.told.some(({ fatal }) => fatal);
  return [...within("pictures again", facts.recovery, 4000), failed ? "a fatal error came" : null];
}

/** Trying again with the same credentials cannot help; a WebSocket's status has to be asked for over HTTP. */
function refused({ told }) {
  const end = told.find(({ fatal }) => fatal)?.code;
  return [end === "refused" ? null : `the fatal error is ${end ?? "none"}, not "refused"`];
}

function waitsForStream({ told, frames }) {
  const waits = told.some(({ state }) => state === "waiting-for-stream");
  const failed = told.find(({ type }) => type === "error");
  return [
    waits ? null : "it does not say that it waits for the stream",
    failed ? `the error ${failed.code} came` : null,
    frames > 0 ? null : "no picture came",
  ];
}

/** No picture stands from just before the trouble until so long after. */
function smooth(facts, until) {
  const longest = facts.longestBetween(-200, until);
  return [longest > SMOOTH ? `a picture stood for ${Math.round(longest)} ms` : null];
}

function neverBack({ back }) {
  return [back > 0.05 ? `the playhead went back by ${back} s` : null];
}
