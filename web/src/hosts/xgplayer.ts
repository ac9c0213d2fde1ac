/** FLV for xgplayer: `plugins: [flvPlugin(BasePlugin)]`, with `BasePlugin` from xgplayer. */
import { Player, type PlayerOptions } from "../player.js";

/** As much of an xgplayer as is needed. */
interface XgPlayer {
  config: { url?: string; flvgate?: PlayerOptions };
  media?: HTMLVideoElement;
  video?: HTMLVideoElement;
}

/** As much of xgplayer's `BasePlugin` as is needed. */
interface Plugin {
  player: XgPlayer;
}

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
      this.flv = new Player(config.flvgate).attach(element).load(config.url);
      // Otherwise it would set it as the element's source as well.
      this.player.config.url = "";
    }

    destroy(): void {
      this.flv?.destroy();
      this.flv = undefined;
    }
  };
}
