import { startWebKit } from "./harness/drivers.mjs";
import { testsThatItPlays } from "./harness/plays.mjs";

// Without a GPU, WebKitGTK hangs when a page draws a video on a canvas.
testsThatItPlays(startWebKit, { looksAtPicture: false });
