/** FLV for players that let a page bring its own loader: ArtPlayer, DPlayer. */
import { Player, type PlayerOptions } from "../player.js";

/** As much of ArtPlayer as is needed. */
export interface ArtPlayer {
  on(event: "destroy", listener: () => void): unknown;
  notice: { show: unknown };
  flv?: Player | undefined;
}

/** As much of DPlayer as is needed. */
export interface DPlayer {
  on(event: "destroy", listener: () => void): unknown;
  notice(text: string): void;
  plugins: Record<string, unknown>;
}

/** Plays, and shows what ends it. */
function play(
  video: HTMLVideoElement,
  url: string,
  options: PlayerOptions | undefined,
  show: (message: string) => void,
): Player {
  return new Player(options)
    .on("error", ({ fatal, message }) => {
      if (fatal) show(message);
    })
    .attach(video)
    .load(url);
}

/** For ArtPlayer: `customType: { flv: artPlayerFlv() }`. The player is `art.flv`. */
export function artPlayerFlv(options?: PlayerOptions) {
  return (video: HTMLVideoElement, url: string, art: ArtPlayer): void => {
    // It calls again when the page switches to another URL.
    art.flv?.destroy();
    const player = play(video, url, options, (message) => {
      art.notice.show = message;
    });
    art.flv = player;
    art.on("destroy", () => {
      player.destroy();
    });
  };
}

/** For DPlayer: `video: { url, type: "flvgate", customType: { flvgate: dPlayerFlv() } }`. The player is `dp.plugins.flvgate`. */
export function dPlayerFlv(options?: PlayerOptions) {
  return (video: HTMLVideoElement, dp: DPlayer): void => {
    const url = video.src;
    // DPlayer has set it as the element's own source. The browser cannot play that, and DPlayer pauses when it says so.
    video.removeAttribute("src");
    video.load();
    const player = play(video, url, options, (message) => {
      dp.notice(message);
    });
    dp.plugins.flvgate = player;
    dp.on("destroy", () => {
      player.destroy();
    });
  };
}
