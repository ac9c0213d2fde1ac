/** How to publish to this server, with its own host filled in. */
import { element } from "./page.js";

export function showPublishHelp(host: string): void {
  const server = `rtmp://${host}/live`;
  element("ffmpeg-line").textContent =
    `ffmpeg -re -i video.mp4 -c:v libx264 -preset veryfast -tune zerolatency -g 60 ` +
    `-c:a aac -f flv ${server}/demo`;
  element("obs-server").textContent = server;
  element("obs-key").textContent = "demo";
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    button.addEventListener("click", () => void copy(button));
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const source = element(button.dataset["copy"] ?? "");
  // The clipboard is there on https and localhost only; elsewhere the text is selected, ready to be copied by hand.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  try {
    if (!clipboard) throw new Error("no clipboard on plain http");
    await clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(source);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 1500);
}
