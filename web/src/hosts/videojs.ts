/** FLV for video.js: `import "flvgate-player/videojs"` beside it, or `registerFlv(videojs)` for a copy of its own. */
import { Player, type PlayerOptions } from "../player.js";

interface Source {
  src: string;
  type?: string;
  /** More for the player. */
  flv?: PlayerOptions;
}

interface Tech {
  el(): HTMLVideoElement;
  trigger(event: string): void;
  error(error: { code: number; message: string }): void;
}

interface SourceHandler {
  canPlayType(type: string): "" | "maybe" | "probably";
  canHandleSource(source: Source): "" | "maybe" | "probably";
  handleSource(source: Source, tech: Tech): { dispose(): void };
}

/** As much of video.js as is needed. */
export interface VideoJs {
  getTech(name: "Html5"): { registerSourceHandler(handler: SourceHandler, index: number): void };
}

const TYPE = /^(video\/(x-)?flv|application\/x-flv)$/i;
/** MEDIA_ERR_NETWORK and MEDIA_ERR_DECODE of HTML's `MediaError`. */
const CODES = { network: 2, media: 3, other: 3 };

const handler: SourceHandler = {
  canPlayType: (type) => (TYPE.test(type) && Player.isSupported() ? "probably" : ""),
  canHandleSource: ({ src, type }) =>
    handler.canPlayType(type ?? (/\.flv($|\?)/i.test(src) ? "video/x-flv" : "")),
  handleSource(source, tech) {
    const player = new Player({ ...source.flv }).attach(tech.el()).on("error", (event) => {
      if (event.fatal) tech.error({ code: CODES[event.category], message: event.message });
    });
    player.load(source.src);
    return {
      dispose() {
        player.destroy();
      },
    };
  },
};

/** Lets `videojs` play sources of type `video/x-flv`, and such as end in `.flv`. */
export function registerFlv(videojs: VideoJs): void {
  videojs.getTech("Html5").registerSourceHandler(handler, 0);
}
