/** The message over a tile's picture: why there is none. */
import type { FlvPlayerError, PlayerStats, StreamState } from "../src/index.js";
import type { TextKey } from "./i18n/en.js";
import { nameOf, t } from "./i18n/language.js";

export interface Notice {
  title: string;
  text: string;
  /** What the server or the player said, in its own words. */
  detail?: string;
  /** Something goes on; it may change by itself. */
  busy: boolean;
}

/** What a player is, as far as a message depends on it. */
export interface Watched {
  readonly state: StreamState;
  readonly stats: PlayerStats | null;
  readonly error: FlvPlayerError | null;
}

const STATE_KEYS: Record<StreamState, TextKey> = {
  idle: "stateIdle",
  connecting: "stateConnecting",
  "waiting-for-stream": "stateWaiting",
  playing: "statePlaying",
  reconnecting: "stateReconnecting",
  ended: "stateEnded",
  failed: "stateFailed",
};

export function stateName(state: StreamState): string {
  return t(STATE_KEYS[state]);
}

/** What a player's state means to the one who watches. */
export function noticeOf(player: Watched, stream: string): Notice | null {
  switch (player.state) {
    case "connecting":
      return { title: t("connecting"), text: stream, busy: true };
    case "waiting-for-stream":
      return { title: t("waiting"), text: t("waitingText", { stream }), busy: true };
    case "reconnecting":
      return player.stats?.bytesReceived
        ? { title: t("reconnecting"), text: t("reconnectingText", { stream }), busy: true }
        : { title: t("trying"), text: t("tryingText", { stream }), busy: true };
    case "ended":
      return { title: t("ended"), text: stream, busy: false };
    case "failed":
      return {
        title: t("failed"),
        text: (player.error && nameOf("codes", player.error.code)) ?? stream,
        ...(player.error && { detail: player.error.message }),
        busy: false,
      };
    default:
      return null;
  }
}
