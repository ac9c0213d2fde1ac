/** Firefox and WebKit as the distribution has them. */
import { existsSync } from "node:fs";
import { Program } from "./processes.mjs";
import { ROOT } from "./server.mjs";
import { until } from "./until.mjs";
import { WebDriver } from "./webdriver.mjs";

/** Where WebKitGTK keeps the browser that its driver drives, newest first. */
const MINI_BROWSERS = ["4.1", "6.0", "4.0"].map(
  (version) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`,
);

/** A Firefox without a window. */
export async function startFirefox() {
  const local = `${ROOT}.tools/bin/geckodriver`;
  return await WebDriver.start({
    program: existsSync(local) ? local : "geckodriver",
    args: (port) => ["--port", String(port)],
    capabilities: {
      "moz:firefoxOptions": {
        args: ["-headless"],
        // What may play with sound by itself is no matter here.
        prefs: { "media.autoplay.default": 0 },
      },
    },
  });
}

/** WebKitGTK's own small browser; it wants a display, and gets one of its own. */
export async function startWebKit() {
  const display = new Program("Xvfb", ["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
  const number = await until("a display", () => display.output.match(/^\d+$/m)?.[0], {
    explain: () => display.output,
  });
  const binary = MINI_BROWSERS.find(existsSync) ?? "MiniBrowser";
  const driver = await WebDriver.start({
    program: "WebKitWebDriver",
    args: (port) => [`--port=${port}`],
    environment: {
      DISPLAY: `:${number}`,
      LIBGL_ALWAYS_SOFTWARE: "1",
      // A page hears only that playback failed: which element refused what, only GStreamer's own errors say.
      GST_DEBUG: process.env.GST_DEBUG ?? "1",
      GST_DEBUG_NO_COLOR: "1",
      // Its sandbox needs namespaces of the kernel's, which containers do not have.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    },
    capabilities: { "webkitgtk:browserOptions": { binary, args: ["--automation"] } },
  }).catch(async (error) => {
    await display.end();
    throw error;
  });
  driver.atEnd(() => display.end());
  return driver;
}
