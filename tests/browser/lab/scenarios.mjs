/** What the lab does to players. Each entry's `plan` makes a stream of clips; `mark` is when the trouble is over. */
import { AUDIO, VIDEO } from "./clip.mjs";
import * as edit from "./edits.mjs";
import { PAGE_SCENARIOS } from "./page-scenarios.mjs";

/** When trouble begins, in milliseconds: between two keyframes, and at one. */
const MID_GOP = 5520;
const AT_KEYFRAME = 6000;

const plain = async (clips, options) => edit.paced(await clips.tags(options));

const restart = (title, base, mark, write) => ({
  title,
  mark,
  plan: async (clips) => {
    const tags = edit.retime(edit.shift(await plain(clips), base), mark, write);
    return { tags: edit.reconfigured(tags, mark, write(mark)) };
  },
});

const away = (title, from, to, how, more = {}) => ({
  title,
  mark: to,
  plan: async (clips) => {
    const tags = await plain(clips);
    return {
      tags: edit.retime(tags, to, (media) => media - to),
      away: [[from, to, how]],
      closeCode: more.closeCode,
    };
  },
  ...more,
});

const answers = (title, list, more = {}) => ({
  title,
  plan: async (clips) => ({ tags: await plain(clips), answers: list }),
  ...more,
});

const offset = (title, by) => ({
  title,
  mark: AT_KEYFRAME,
  plan: async (clips) => ({ tags: edit.shift(await plain(clips), by) }),
});

const edited = (title, mark, change, more = {}) => ({
  title,
  mark,
  plan: async (clips) => ({ tags: change(await plain(clips)) }),
  ...more,
});

export const SCENARIOS = {
  plain: edited("nothing is wrong", 0, (tags) => tags),
  videoOnly: {
    title: "video alone",
    plan: async (clips) => ({ tags: edit.without(await plain(clips), AUDIO), header: { audio: false } }),
  },
  lyingHeader: edited("header says audio and video, audio never comes", 0, (tags) =>
    edit.without(tags, AUDIO),
  ),
  restart0: restart(
    "publisher restarts, timestamps from 0",
    106_000,
    AT_KEYFRAME,
    (media) => media - AT_KEYFRAME,
  ),
  back30: restart("timestamps back by 30 s", 100_000, MID_GOP, (media) => media + 70_000),
  forward60: restart("timestamps on by 60 s", 100_000, MID_GOP, (media) => media + 160_000),
  wrap31: offset("timestamps pass 2^31", 2 ** 31 - AT_KEYFRAME),
  wrap32: offset("timestamps pass 2^32", 2 ** 32 - AT_KEYFRAME),
  first1e9: offset("first timestamp 1 000 000 000", 1e9),
  resolution: {
    title: "resolution changes",
    mark: AT_KEYFRAME,
    plan: async (clips) => {
      const other = await plain(clips, { width: 480, height: 270 });
      return { tags: edit.spliced(await plain(clips), other, AT_KEYFRAME) };
    },
  },
  codecs: {
    title: "H.264 becomes AV1 for 3 s",
    mark: AT_KEYFRAME,
    plan: async (clips) => {
      const [tags, other] = await Promise.all([plain(clips), plain(clips, { av1: true, seconds: 10 })]);
      return { tags: edit.spliced(edit.spliced(tags, other, AT_KEYFRAME), tags, AT_KEYFRAME + 3000) };
    },
  },
  stall3: edited("network stalls 3 s, then a burst", 8500, (tags) =>
    edit.resend(tags, MID_GOP, 8500, () => 8500),
  ),
  jitter: edited("300 ms jitter every other second", 0, (tags) =>
    edit.resend(tags, 2000, Infinity, (media) => {
      const into = media % 2000;
      return into < 300 ? media - into + 300 : media;
    }),
  ),
  stepsBack: edited("DTS steps back 300 ms every 2 s", 4000, (tags) =>
    edit.retime(tags, 4000, (media) => media - 300 * (Math.floor(media / 2000) - 1)),
  ),
  audioGap2: edited("audio is missing for 2 s", AT_KEYFRAME, (tags) => edit.without(tags, AUDIO, 6000, 8000)),
  audioGap05: edited("audio is missing for 0.5 s", AT_KEYFRAME, (tags) =>
    edit.without(tags, AUDIO, 6000, 6500),
  ),
  burst2: {
    title: "2 s GOP cache at the join",
    mark: 1960,
    plan: async (clips) => ({ tags: await plain(clips, { gop: 50 }), join: 1960 }),
  },
  end: away("stream ends, and is back after 1 s", AT_KEYFRAME, 7000, "end"),
  serverRestart: away("server restarts, away for 2 s", AT_KEYFRAME, 8000, "cut"),
  lateAudio: edited("audio comes 6 s late", AT_KEYFRAME, (tags) => edit.without(tags, AUDIO, 0, AT_KEYFRAME)),
  lostAudio: edited("audio ends after 6 s", AT_KEYFRAME, (tags) => edit.without(tags, AUDIO, AT_KEYFRAME)),
  garbage: edited("997 bytes of garbage between tags", MID_GOP, (tags) =>
    edit.inserted(tags, MID_GOP, edit.garbage(997)),
  ),
  truncated: edited("a tag is cut off", MID_GOP, (tags) =>
    edit.changed(tags, MID_GOP, edit.isVideo, edit.truncated),
  ),
  empty: edited("tags of length 0", MID_GOP, (tags) =>
    edit.inserted(tags, MID_GOP, edit.empty(VIDEO, MID_GOP), edit.empty(AUDIO, MID_GOP)),
  ),
  negative: {
    title: "B-frames with negative composition times",
    plan: async (clips) => ({ tags: edit.composedEarlier(await plain(clips, { bFrames: 2 }), 80) }),
  },
  broken: edited("a frame is broken", AT_KEYFRAME, (tags) =>
    edit.changed(tags, AT_KEYFRAME, edit.isKeyframe, edit.broken),
  ),
  s401: answers("401", Array(99).fill(401), { seconds: 6, plays: false }),
  s403: answers("403", Array(99).fill(403), { seconds: 6, plays: false }),
  s404: answers("404 twice, then the stream", [404, 404]),
  s503: answers("503 twice, then the stream", [503, 503]),
  redirect: answers("redirect", [{ location: true }], { transports: ["http"] }),
  ...Object.fromEntries(
    [1001, 1008, 1011, 4404].map((closeCode) => [
      `close${closeCode}`,
      away(`WebSocket closes with ${closeCode}, back after 0.5 s`, AT_KEYFRAME, 6500, "close", {
        ...{ closeCode, transports: ["ws"] },
      }),
    ]),
  ),
  ...PAGE_SCENARIOS(edited),
};
