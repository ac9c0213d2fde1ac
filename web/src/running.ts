/** What plays a stream: the wasm player, on the page's thread or in a worker, or the browser's decoders themselves. */
import { Player as WasmPlayer } from "../wasm/flvgate_player.js";
import type { RecordedEvent } from "./capture.js";
import type { PlayerEvent } from "./events.js";
import type { PlayerOptions } from "./options.js";
import { canUseWorker, RemotePlayer, startWorker } from "./remote-player.js";
import { instantiate, wasmModule } from "./wasm-module.js";

/** What plays, on this thread or in the worker. */
export type Running = Pick<
  WasmPlayer | RemotePlayer,
  | "load"
  | "destroy"
  | "jumpToLive"
  | "setLatencyTarget"
  | "setReconnect"
  | "setAutoplay"
  | "stats"
  | "tick"
  | "handlePageEvent"
  | "record"
  | "stopRecording"
>;

/** What the mode "webcodecs" is aimed at, in seconds: a frame. */
const DIRECT_LATENCY = 0.05;

/** Gets ready to play; in the worker, where there can be one. */
export async function prepare(
  video: HTMLVideoElement,
  options: PlayerOptions,
  tell: (event: PlayerEvent | RecordedEvent) => void,
): Promise<() => Running> {
  const module = await wasmModule();
  if (options.mode === "webcodecs") {
    const { DecoderVideo, hasDecoders } = await import("./webcodecs/decoder-video.js");
    if (hasDecoders()) {
      instantiate(module);
      const screen = new DecoderVideo(video) as unknown as HTMLVideoElement;
      return () => new WasmPlayer(screen, { latencyTarget: DIRECT_LATENCY, ...options }, tell);
    }
    const message = "this browser has no WebCodecs: playing by Media Source Extensions";
    tell({ type: "warning", code: "webcodecs-unsupported", track: null, message });
  }
  if (options.worker !== false && canUseWorker()) {
    try {
      const worker = await startWorker(module);
      return () => new RemotePlayer(worker, video, options, tell);
    } catch {
      // The script is of another origin, or a Content-Security-Policy forbids workers.
    }
  }
  instantiate(module);
  return () => new WasmPlayer(video, options, tell);
}
