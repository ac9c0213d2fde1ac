// The programs that the tests use as real encoders, real players and a real browser.

import { existsSync } from "node:fs";
import { aptInstall } from "./apt.mjs";
import { output, Problem, which } from "./command.mjs";

const FFMPEG = {
  what: "ffmpeg",
  packages: ["ffmpeg"],
  there: () => which("ffmpeg") && which("ffprobe") && which("ffplay"),
};
const PROGRAMS = [
  { what: "Chromium", packages: ["chromium", "fonts-dejavu-core"], there: () => which("chromium") },
  { what: "Chromium's driver", packages: ["chromium-driver"], there: () => which("chromedriver") },
  { what: "Firefox", packages: ["firefox-esr"], there: () => which("firefox-esr") ?? which("firefox") },
  {
    what: "WebKit with its driver, and a display for it",
    packages: ["webkit2gtk-driver", "xvfb"],
    there: () => which("WebKitWebDriver") && which("Xvfb"),
  },
  FFMPEG,
  {
    what: "GStreamer with its RTMP sinks and H.264 and AAC encoders",
    packages: [
      "gstreamer1.0-tools",
      "gstreamer1.0-plugins-base",
      "gstreamer1.0-plugins-good",
      "gstreamer1.0-plugins-bad",
      "gstreamer1.0-plugins-ugly",
      "gstreamer1.0-libav",
    ],
    there: () =>
      GST_ELEMENTS.every((element) => output("gst-inspect-1.0", ["--exists", element]) !== undefined),
  },
  {
    what: "nginx with its modules for TCP and RTMP, Caddy and HAProxy",
    packages: ["nginx-light", "libnginx-mod-stream", "libnginx-mod-rtmp", "caddy", "haproxy"],
    // Debian keeps servers out of the path of who is not root.
    there: () =>
      ["nginx", "haproxy"].every((name) => which(name) || existsSync(`/usr/sbin/${name}`)) &&
      ["stream", "rtmp"].every((name) => existsSync(`/usr/lib/nginx/modules/ngx_${name}_module.so`)) &&
      which("caddy"),
  },
  { what: "openssl and curl", packages: ["openssl", "curl"], there: () => which("openssl") && which("curl") },
  { what: "VLC without a window", packages: ["vlc-bin", "vlc-plugin-base"], there: () => which("cvlc") },
];
const GST_ELEMENTS = [
  "rtmp2sink",
  "rtmpsink",
  "x264enc",
  "avenc_aac",
  "flvmux",
  "videotestsrc",
  "audiotestsrc",
];

/** Installs what is missing where that is possible; otherwise throws a {@link Problem} that lists all of it. */
export const ensureSystemPrograms = () => ensure(PROGRAMS);

/** The same, for those who need no more than ffmpeg. */
export const ensureFfmpeg = () => ensure([FFMPEG]);

async function ensure(programs) {
  const missing = programs.filter(({ there }) => !there());
  if (missing.length === 0) return;
  const packages = missing.flatMap((program) => program.packages);
  await aptInstall(packages, missing.map(({ what }) => what).join(", "));
  const still = missing.filter(({ there }) => !there()).map(({ what }) => what);
  if (still.length > 0) throw new Problem(`installed, and still missing: ${still.join(", ")}`);
}
