/** The worker: the player's WebAssembly and its MediaSource, away from the page's own work. One for all players of a page. */
import { Player } from "../wasm/flvgate_player.js";
import type { RecordedEvent } from "./capture.js";
import type { PlayerEvent, PlayerStats } from "./events.js";
import { onViolation } from "./policy.js";
import type { FromWorker, ToWorker, VideoState } from "./remote-messages.js";
import { RemoteVideo } from "./remote-video.js";
import { instantiate } from "./wasm-module.js";

const players = new Map<number, { player: Player; video: RemoteVideo }>();

// TypeScript knows the page's postMessage only.
const send = postMessage as (message: FromWorker, transfer?: Transferable[]) => void;

/** To be called as anybody's method, which the browser's own cannot. */
const post = (message: FromWorker, transfer: Transferable[] = []): void => {
  send(message, transfer);
};

function create({ player: number, options, video: state }: Extract<ToWorker, { type: "create" }>): void {
  const video = new RemoteVideo(number, state, post);
  const tell = (event: PlayerEvent | RecordedEvent) => {
    post({ type: "event", player: number, event });
  };
  // It is used as the element is, as far as the player uses one.
  const player = new Player(video as unknown as HTMLVideoElement, options, tell);
  players.set(number, { player, video });
}

function call({ player: number, method, value }: Extract<ToWorker, { type: "call" }>): void {
  const player = players.get(number)?.player;
  if (!player) return;
  if (method === "destroy") players.delete(number);
  if (method === "stats") post({ type: "stats", player: number, stats: player.stats() as PlayerStats });
  else (player[method] as (value: unknown) => void).call(player, value);
}

function update(number: number, state: VideoState) {
  const found = players.get(number);
  found?.video.update(state);
  return found;
}

onViolation((address) => {
  post({ type: "blocked", address });
});

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "module":
      instantiate(data.module);
      post({ type: "ready" });
      break;
    case "create":
      create(data);
      break;
    case "call":
      call(data);
      break;
    case "page":
      players.get(data.player)?.player.handlePageEvent(data.name, data.hidden);
      break;
    case "tick":
      update(data.player, data.video)?.player.tick();
      break;
    case "video":
      update(data.player, data.video)?.video.dispatchEvent(new Event(data.event));
      break;
    case "played":
      players.get(data.player)?.video.played(data.error);
      break;
  }
});
