/** The files that the benchmark plays, made once by ffmpeg into target/bench-media. */
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { Program } from "../harness/processes.mjs";
import { ROOT } from "../harness/server.mjs";

const DIRECTORY = join(ROOT, "target/bench-media");

const video = (size, rate, noise) => [
  ...["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=30`],
  ...["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=${rate},aformat=channel_layouts=stereo`],
  ...["-vf", `noise=alls=${noise}:allf=t,format=yuv420p`, "-c:v", "libx264", "-g", "60"],
];
const bitrate = (video, audio) => [
  ...["-b:v", video, "-maxrate", video, "-bufsize", video],
  ...["-c:a", "aac", "-b:a", audio, "-map_metadata", "-1", "-fflags", "+bitexact"],
];

const FILES = {
  a: {
    title: "4 Mb/s, 720p, B-frames, 60 s",
    arguments: [
      ...[...video("1280x720", 44_100, 12), "-t", "60", "-preset", "veryfast", "-profile:v", "high"],
      ...["-bf", "2", ...bitrate("3872k", "128k"), "-flvflags", "add_keyframe_index"],
    ],
  },
  b: {
    title: "0.5 Mb/s, 360p, 30 min",
    arguments: [
      ...[...video("640x360", 48_000, 4), "-t", "1800", "-preset", "ultrafast", "-tune", "zerolatency"],
      ...["-profile:v", "main", "-x264-params", "slices=1", "-bf", "0", ...bitrate("436k", "64k")],
      ...["-flvflags", "no_duration_filesize"],
    ],
  },
  wall: {
    title: "2 Mb/s, 360p, 20 s",
    arguments: [
      ...[...video("640x360", 48_000, 30), "-t", "20", "-preset", "ultrafast", "-tune", "zerolatency"],
      ...["-bf", "0", ...bitrate("1900k", "96k")],
    ],
  },
};

/** The path and the title of a file, which is made if it is missing. */
export async function media(name) {
  const { title, arguments: args } = FILES[name];
  const path = join(DIRECTORY, `${name}.flv`);
  if (!existsSync(path)) {
    await mkdir(DIRECTORY, { recursive: true });
    const part = join(DIRECTORY, `${name}.part`);
    await new Program("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args, "-f", "flv", part]).succeed();
    await rename(part, path);
  }
  return { path, title };
}
