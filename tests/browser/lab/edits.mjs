/** What a hostile publisher or network does to tags. Times are milliseconds of the clip; nothing is changed in place. */
import { AUDIO, VIDEO, compositionTime, mux } from "./clip.mjs";

/** Fixes when each tag is sent before anything else is changed. */
export const paced = (tags) => tags.map((tag) => ({ ...tag, at: tag.timestamp, media: tag.timestamp }));

/** Writes other timestamps from a moment on. */
export const retime = (tags, from, write) =>
  tags.map((tag) => (tag.media < from ? tag : { ...tag, timestamp: write(tag.media, tag) }));

/** All timestamps are later by so much. */
export const shift = (tags, by) => tags.map((tag) => ({ ...tag, timestamp: tag.timestamp + by }));

/** Sends the tags of a span when `send` says. */
export const resend = (tags, from, to, send) =>
  tags.map((tag) => (tag.media < from || tag.media >= to ? tag : { ...tag, at: send(tag.media) }));

/** Leaves the tags of a type out for a while. */
export const without = (tags, type, from = 0, to = Infinity) =>
  tags.filter((tag) => tag.type !== type || tag.media < from || tag.media >= to);

/** The configurations again, as a publisher that starts anew sends them. */
export function reconfigured(tags, at, timestamp) {
  const again = tags.filter(({ config }) => config).map((tag) => ({ ...tag, at, media: at, timestamp }));
  return inserted(tags, at, ...again);
}

/** Puts tags in before the first one of that moment. */
export function inserted(tags, at, ...more) {
  const index = tags.findIndex(({ media }) => media >= at);
  return tags.toSpliced(
    index < 0 ? tags.length : index,
    0,
    ...more.map((tag) => ({ ...tag, at, media: at })),
  );
}

/** Goes over to another recording at its keyframe. */
export function spliced(tags, other, at) {
  const configurations = other.filter(({ config, type }) => config && type === VIDEO);
  const rest = other.filter(({ config, type, media }) => !config && type === VIDEO && media >= at);
  const kept = tags.filter(({ type, media }) => type !== VIDEO || media < at);
  const changed = configurations.map((tag) => ({ ...tag, at, media: at, timestamp: at }));
  return [...kept, ...changed, ...rest].sort((one, two) => one.media - two.media);
}

/** Bytes that are no tag. */
export const garbage = (size) => ({
  raw: true,
  body: Buffer.from(Array.from({ length: size }, (_, i) => (i * 73 + 11) % 251)),
});

/** A tag that ends before its own size says. */
export function truncated(tag) {
  const whole = mux(tag, tag.timestamp);
  return {
    ...tag,
    raw: true,
    number: undefined,
    keyframe: false,
    body: whole.subarray(0, whole.length >> 1),
  };
}

/** A tag with nothing in it. */
export const empty = (type, timestamp) => ({ type, timestamp, body: Buffer.alloc(0) });

/** The first tag of a kind from a moment on, as `change` makes it. */
export function changed(tags, from, kind, change) {
  const index = tags.findIndex((tag) => tag.media >= from && kind(tag));
  return tags.with(index, change(tags[index]));
}

/** A frame whose units claim to be longer than all of it. */
export function broken(tag) {
  const body = Buffer.from(tag.body);
  body.fill(0xa5, 5);
  return { ...tag, body };
}

/** All composition times are less by so much. */
export const composedEarlier = (tags, by) =>
  tags.map((tag) => {
    if (tag.number === undefined) return tag;
    const body = Buffer.from(tag.body);
    body.writeUIntBE((compositionTime(body) - by) & 0xffffff, 2, 3);
    return { ...tag, body, shown: tag.shown - by };
  });

export const isAudio = ({ type, config }) => type === AUDIO && !config;
export const isVideo = ({ number }) => number !== undefined;
export const isKeyframe = ({ keyframe }) => keyframe === true;
