/** ffmpeg as the encoder, with a picture that the tests know. */
import { Program } from "./processes.mjs";
import { until } from "./until.mjs";

/** The publications' marker colours, by which a page's picture tells which of them it shows. */
export const MARKERS = { red: [255, 0, 0], lime: [0, 255, 0], blue: [0, 0, 255] };

/** What to encode: SMPTE bars, a part that moves, a marker in the lower left corner, and a tone. */
export function source(marker) {
  const graph =
    "smptebars=s=320x180:r=25[bars];testsrc2=s=96x48:r=25[moving];" +
    `[bars][moving]overlay=112:126,drawbox=x=0:y=140:w=64:h=40:color=${marker}:t=fill,format=yuv420p`;
  return ["-f", "lavfi", "-i", graph, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"];
}

/** How: H.264 with B-frames and a keyframe each second, AAC in stereo. */
export const CODECS = [
  ...[
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-bf",
    "2",
    "-g",
    "25",
    "-sc_threshold",
    "0",
    "-threads",
    "1",
  ],
  ...["-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m"],
  ...["-c:a", "aac", "-b:a", "64k", "-ac", "2"],
];

/** An encoder that publishes in real time, with timestamps from 0. */
export class Publisher {
  #program;

  constructor(server, name, { marker = "red", output = [] } = {}) {
    this.server = server;
    this.name = name;
    this.#program = new Program("ffmpeg", [
      ...["-v", "error", "-nostdin", "-re", ...source(marker), ...CODECS, ...output],
      ...["-f", "flv", `rtmp://${server.rtmpHost}/live/${name}`],
    ]);
  }

  /** Waits until the API has seen frames of this publication; `before` is what `gone` said of the one before. */
  async live(before) {
    return await until(
      `${this.name} is live`,
      async () => {
        if (!this.#program.isRunning) throw new Error(`ffmpeg ended:\n${this.#program.output}`);
        const stream = await this.server.stream(this.name);
        return stream?.publish.active && stream.frames > (before?.frames ?? 0) ? stream : null;
      },
      { explain: () => this.server.stream(this.name) },
    );
  }

  /** Waits until the API knows that the publisher is away; hands back its last word on the stream. */
  async gone() {
    return await until(`${this.name} has no publisher`, async () => {
      const stream = (await this.server.stream(this.name)) ?? { frames: 0, publish: { active: false } };
      return stream.publish.active ? null : stream;
    });
  }

  /** Takes it off as a crash would. */
  async kill() {
    await this.#program.end("SIGKILL");
  }

  /** Holds it: the connection stays, nothing comes. */
  hold() {
    this.#program.signal("SIGSTOP");
  }

  resume() {
    this.#program.signal("SIGCONT");
  }
}
