/** FLV for players that let a page bring its own loader: ArtPlayer, DPlayer. */
import { Player, type PlayerOptions } from "../player.js";

/** As much of ArtPlayer as is needed. */
export interface ArtPlayer {
  on(event: "destroy", listener: () => void): unknown;
  flv?: Player | undefined;
}

/** As much of DPlayer as is needed. */
export interface DPlayer {
  on(event: "destroy", listener: () => void): unknown;
  plugins?: Record<string, unknown>;
}

const play = (video: HTMLVideoElement, url: string, options?: PlayerOptions) =>
  new Player(options).attach(video).load(url);

/** For ArtPlayer: `customType: { flv: artPlayerFlv() }`. The player is `art.flv`. */
export function artPlayerFlv(options?: PlayerOptions) {
  return (video: HTMLVideoElement, url: string, art: ArtPlayer): void => {
    // It calls again when the page switches to another URL.
    art.flv?.destroy();
    const player = play(video, url, options);
    art.flv = player;
    art.on("destroy", () => {
      player.destroy();
    });
  };
}

/** For DPlayer: `video: { url, type: "flvgate", customType: { flvgate: dPlayerFlv() } }`. The player is `dp.plugins.flvgate`. */
export function dPlayerFlv(options?: PlayerOptions) {
  return (video: HTMLVideoElement, dp: DPlayer): void => {
    // DPlayer has set the URL as the element's own source, which means nothing to the browser.
    const player = play(video, video.src, options);
    if (dp.plugins) dp.plugins.flvgate = player;
    dp.on("destroy", () => {
      player.destroy();
    });
  };
}
