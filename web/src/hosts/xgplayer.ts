/** FLV for xgplayer: `plugins: [flvPlugin(BasePlugin)]`, with `BasePlugin` from xgplayer. */
import { Player, type PlayerOptions } from "../player.js";

/** As much of an xgplayer as is needed. */
interface XgPlayer {
  config: { url?: unknown; flvgate?: PlayerOptions };
  media?: HTMLVideoElement;
  video?: HTMLVideoElement;
  /** Whether it gives URLs to the element. */
  handleSource?: boolean;
  errorHandler?(event: "error", error: { code: number; message: string }): void;
}

/** As much of xgplayer's `BasePlugin` as is needed. */
interface Plugin {
  player: XgPlayer;
  on(event: string, listener: (url: unknown) => void): void;
}

/** MEDIA_ERR_NETWORK and MEDIA_ERR_DECODE of HTML's `MediaError`. */
const CODES = { network: 2, media: 3, other: 3 };

type PluginClass = new (...parameters: never[]) => Plugin;

/** The plugin's class. Options of the player go into xgplayer's as `flvgate: { .. }`. */
export function flvPlugin<T extends PluginClass>(BasePlugin: T) {
  // @ts-expect-error -- a mixin's constructor must be declared with any[], which lints forbid; it passes on what comes.
  return class FlvPlugin extends BasePlugin {
    static readonly pluginName = "flvgate";
    static readonly isSupported = Player.isSupported;

    flv: Player | undefined;

    /** xgplayer calls it before it would give the URL to the element. */
    beforePlayerInit(): void {
      const { config, media, video } = this.player;
      const element = media ?? video;
      if (!element || typeof config.url !== "string") return;
      this.player.handleSource = false;
      const flv = (this.flv = new Player(config.flvgate).attach(element).load(config.url));
      flv.on("error", ({ category, fatal, message }) => {
        if (fatal) this.player.errorHandler?.("error", { code: CODES[category], message });
      });
      // Its way to say that another is to play, or the same again.
      this.on("urlchange", (url) => {
        if (typeof url === "string") flv.load(url);
      });
    }

    destroy(): void {
      this.flv?.destroy();
      this.flv = undefined;
    }
  };
}
