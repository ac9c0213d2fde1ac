/** How to publish to this server, with its own host filled in. */
import { element } from "./page.js";

export function showPublishHelp(host: string): void {
  const server = `rtmp://${host}/live`;
  element("ffmpeg-line").textContent =
    "ffmpeg -re -i video.mp4 \\\n  -c:v libx264 -preset veryfast \\\n  -tune zerolatency -g 60 -c:a aac \\\n" +
    `  -f flv ${server}/demo`;
  element("obs-server").textContent = server;
  element("obs-key").textContent = "demo";
}
