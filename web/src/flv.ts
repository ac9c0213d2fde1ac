/**
 * The programming interface of flv.js and mpegts.js over this player, for pages that were written for them: such a page
 * changes one import.
 *
 * What they need many switches for (stash, workers, latency chasing, gap filling) is on here by itself; those settings
 * are taken and change nothing.
 */
import type { ErrorCode } from "./errors.js";
import type { PlayerEventOf } from "./player.js";
import { Player, isSupported } from "./player.js";

/** What to play. */
export interface MediaDataSource {
  /** Taken and ignored: what comes must be FLV. */
  type?: string;
  url?: string;
  isLive?: boolean;
  /** Taken and ignored: the player goes by what comes. */
  hasAudio?: boolean;
  /** Taken and ignored, as `hasAudio`. */
  hasVideo?: boolean;
  cors?: boolean;
  withCredentials?: boolean;
  [other: string]: unknown;
}

/** Settings; those that are not here are taken and change nothing. */
export interface Config {
  headers?: Record<string, string>;
  /** In seconds: how far behind the live edge to play. */
  liveSyncTargetLatency?: number;
  /** The same, if `liveBufferLatencyChasing` is on. */
  liveBufferLatencyMinRemain?: number;
  liveBufferLatencyChasing?: boolean;
  /** In seconds: how much of the past stays buffered. */
  autoCleanupMinBackwardDuration?: number;
  /** Not theirs: `false` ends with the connection, as they do. Default true. */
  reconnect?: boolean;
  [other: string]: unknown;
}

export const Events = {
  ERROR: "error",
  LOADING_COMPLETE: "loading_complete",
  RECOVERED_EARLY_EOF: "recovered_early_eof",
  MEDIA_INFO: "media_info",
  METADATA_ARRIVED: "metadata_arrived",
  SCRIPTDATA_ARRIVED: "scriptdata_arrived",
  STATISTICS_INFO: "statistics_info",
  DESTROYING: "destroying",
} as const;

export const ErrorTypes = {
  NETWORK_ERROR: "NetworkError",
  MEDIA_ERROR: "MediaError",
  OTHER_ERROR: "OtherError",
} as const;

export const ErrorDetails = {
  NETWORK_EXCEPTION: "Exception",
  NETWORK_STATUS_CODE_INVALID: "HttpStatusCodeInvalid",
  NETWORK_TIMEOUT: "ConnectingTimeout",
  NETWORK_UNRECOVERABLE_EARLY_EOF: "UnrecoverableEarlyEof",
  MEDIA_MSE_ERROR: "MediaMSEError",
  MEDIA_FORMAT_ERROR: "FormatError",
  MEDIA_FORMAT_UNSUPPORTED: "FormatUnsupported",
  MEDIA_CODEC_UNSUPPORTED: "CodecUnsupported",
} as const;

type Detail = (typeof ErrorDetails)[keyof typeof ErrorDetails];

const DETAILS: Partial<Record<ErrorCode, Detail>> = {
  refused: ErrorDetails.NETWORK_STATUS_CODE_INVALID,
  "stream-not-found": ErrorDetails.NETWORK_STATUS_CODE_INVALID,
  "http-status": ErrorDetails.NETWORK_STATUS_CODE_INVALID,
  "connect-timeout": ErrorDetails.NETWORK_TIMEOUT,
  "stream-ended": ErrorDetails.NETWORK_UNRECOVERABLE_EARLY_EOF,
  format: ErrorDetails.MEDIA_FORMAT_ERROR,
  "codec-unsupported": ErrorDetails.MEDIA_CODEC_UNSUPPORTED,
};

type Listener = (...parameters: never[]) => void;

/** A player as flv.js has it. */
class FlvJsPlayer {
  readonly type = "FlvPlayer";
  readonly #source: MediaDataSource;
  readonly #player: Player;
  readonly #listeners = new Map<string, Set<Listener>>();
  #element: HTMLMediaElement | null = null;

  constructor(source: MediaDataSource, config: Config) {
    this.#source = source;
    const latency =
      config.liveSyncTargetLatency ??
      (config.liveBufferLatencyChasing === true ? config.liveBufferLatencyMinRemain : undefined);
    this.#player = new Player({
      reconnect: config.reconnect ?? true,
      ...(source.isLive === undefined ? {} : { live: source.isLive }),
      ...(latency === undefined ? {} : { latencyTarget: latency }),
      ...(config.headers ? { headers: config.headers } : {}),
      ...(config.autoCleanupMinBackwardDuration === undefined
        ? {}
        : { backBuffer: config.autoCleanupMinBackwardDuration }),
      ...(source.withCredentials === true ? { credentials: "include" as const } : {}),
    })
      .on("error", (event) => {
        this.#fail(event);
      })
      .on("state", ({ state }) => {
        if (state === "ended") this.#emit(Events.LOADING_COMPLETE);
      })
      .on("metadata", ({ metadata }) => {
        this.#emit(Events.METADATA_ARRIVED, metadata);
        this.#emit(Events.SCRIPTDATA_ARRIVED, { onMetaData: metadata });
      })
      .on("tracks", () => {
        this.#emit(Events.MEDIA_INFO, this.mediaInfo);
      })
      .on("stats", () => {
        this.#emit(Events.STATISTICS_INFO, this.statisticsInfo);
      });
  }

  attachMediaElement(element: HTMLMediaElement): void {
    this.#element = element;
    this.#player.attach(element as HTMLVideoElement);
  }

  detachMediaElement(): void {
    this.#player.detach();
    this.#element = null;
  }

  load(): void {
    this.#player.load(this.#source.url ?? "");
  }

  unload(): void {
    this.#player.stop();
  }

  async play(): Promise<void> {
    await this.#element?.play();
  }

  pause(): void {
    this.#element?.pause();
  }

  destroy(): void {
    this.#emit(Events.DESTROYING);
    this.#player.destroy();
    this.#element = null;
    this.#listeners.clear();
  }

  on(event: string, listener: Listener): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  off(event: string, listener: Listener): void {
    this.#listeners.get(event)?.delete(listener);
  }

  get buffered(): TimeRanges | undefined {
    return this.#element?.buffered;
  }

  get duration(): number {
    return this.#element?.duration ?? Number.NaN;
  }

  get volume(): number {
    return this.#element?.volume ?? 1;
  }

  set volume(volume: number) {
    if (this.#element) this.#element.volume = volume;
  }

  get muted(): boolean {
    return this.#element?.muted ?? false;
  }

  set muted(muted: boolean) {
    if (this.#element) this.#element.muted = muted;
  }

  get currentTime(): number {
    return this.#element?.currentTime ?? 0;
  }

  set currentTime(time: number) {
    if (this.#element) this.#element.currentTime = time;
  }

  get mediaInfo() {
    const stats = this.#player.stats;
    const codecs = [stats?.videoCodec, stats?.audioCodec].filter(Boolean).join(",");
    return {
      mimeType: `video/x-flv; codecs="${codecs}"`,
      hasVideo: Boolean(stats?.videoCodec),
      hasAudio: Boolean(stats?.audioCodec),
      videoCodec: stats?.videoCodec ?? undefined,
      audioCodec: stats?.audioCodec ?? undefined,
      width: stats?.width,
      height: stats?.height,
      fps: stats?.framesPerSecond,
      audioSampleRate: stats?.sampleRate,
      audioChannelCount: stats?.channels,
    };
  }

  get statisticsInfo() {
    const stats = this.#player.stats;
    return {
      playerType: this.type,
      url: stats?.url,
      // In kilobytes a second, as theirs is.
      speed: (stats?.kilobitsPerSecond ?? 0) / 8,
      loaderType: stats?.transport === "websocket-flv" ? "websocket-loader" : "fetch-stream-loader",
      decodedFrames: stats?.decodedFrames ?? 0,
      droppedFrames: stats?.droppedFrames ?? 0,
    };
  }

  /** Theirs tell of what cannot be mended only; so does this. */
  #fail({ code, category, fatal, message }: PlayerEventOf<"error">): void {
    if (!fatal) return;
    const network = category === "network";
    const fallback = network ? ErrorDetails.NETWORK_EXCEPTION : ErrorDetails.MEDIA_MSE_ERROR;
    const type = network ? ErrorTypes.NETWORK_ERROR : ErrorTypes.MEDIA_ERROR;
    this.#emit(
      Events.ERROR,
      category === "other" ? ErrorTypes.OTHER_ERROR : type,
      DETAILS[code] ?? fallback,
      { code: -1, msg: message },
    );
  }

  #emit(event: string, ...parameters: unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      (listener as (...parameters: unknown[]) => void)(...parameters);
    }
  }
}

export type { FlvJsPlayer };

/** A player for that source. */
export function createPlayer(source: MediaDataSource, config: Config = {}): FlvJsPlayer {
  if (typeof source.url !== "string") throw new Error("MediaDataSource: expected a url");
  return new FlvJsPlayer(source, config);
}

const nothing: (...parameters: unknown[]) => void = () => undefined;

/** Where their logging is switched: pages set its fields. This player has events instead of a log. */
export const LoggingControl: Record<"applyConfig" | "addLogListener" | "removeLogListener", typeof nothing> &
  Record<string, unknown> = { applyConfig: nothing, addLogListener: nothing, removeLogListener: nothing };

/** What this browser can do, in flv.js' terms. */
export function getFeatureList() {
  const supported = isSupported();
  return {
    mseFlvPlayback: supported,
    mseLiveFlvPlayback: supported,
    msePlayback: supported,
    mseLivePlayback: supported,
    networkStreamIO: true,
    networkLoaderName: "fetch-stream-loader",
  };
}

export { isSupported };

export default {
  createPlayer,
  isSupported,
  getFeatureList,
  Events,
  ErrorTypes,
  ErrorDetails,
  LoggingControl,
};
