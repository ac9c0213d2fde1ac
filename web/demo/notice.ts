/** The message over the picture: why there is none. */
import type { FlvPlayerElement } from "../src/index.js";
import { element } from "./page.js";

interface Notice {
  title: string;
  text: string;
  /** Something goes on; it may change by itself. */
  busy: boolean;
}

/** Nothing is chosen, for nothing is live. */
export const NOTHING_LIVE: Notice = {
  title: "Nothing is live yet",
  text: "Publish a stream with ffmpeg or OBS, as shown on this page, and it plays here at once.",
  busy: false,
};

/** The server does not answer. */
export const NO_SERVER: Notice = {
  title: "The server does not answer",
  text: "Is flvgate running? This page looks again every few seconds.",
  busy: true,
};

export function show(notice: Notice | null): void {
  element("notice").hidden = notice === null;
  if (notice === null) return;
  element("notice-title").textContent = notice.title;
  element("notice-text").textContent = notice.text;
  element("notice-spinner").hidden = !notice.busy;
}

/** What a player's state means to the one who watches. */
export function noticeOf(player: FlvPlayerElement, stream: string): Notice | null {
  switch (player.state) {
    case "connecting":
      return { title: "Connecting", text: stream, busy: true };
    case "waiting-for-stream":
      return {
        title: "Waiting for the publisher",
        text: `${stream} is not live. It plays here as soon as it comes.`,
        busy: true,
      };
    case "reconnecting":
      return player.stats?.bytesReceived
        ? { title: "Reconnecting", text: `The connection to ${stream} was lost.`, busy: true }
        : { title: "Trying to connect", text: `${stream} does not answer yet.`, busy: true };
    case "ended":
      return { title: "The stream has ended", text: stream, busy: false };
    case "failed":
      return { title: "This stream cannot be played", text: player.error?.message ?? stream, busy: false };
    default:
      return null;
  }
}
