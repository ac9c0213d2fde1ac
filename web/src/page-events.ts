/** What the player's WebAssembly cannot ask for itself, since it may run in a worker: the time, and what happens to the page. */

/** By the names that `wasm-player/src/browser/page.rs` knows. */
export type PageEventName = "turned" | "left" | "restored" | "online";

/** One who must know. */
export interface PageWatcher {
  /** A tenth of a second has passed. */
  tick(): void;
  handlePageEvent(name: PageEventName, hidden: boolean): void;
}

/** How often time-driven decisions are made, in milliseconds. */
const TICK = 100;

const watchers = new Set<PageWatcher>();
let stop: AbortController | undefined;

/** Tells `watcher` from now on; hands back what ends it. */
export function watchPage(watcher: PageWatcher): () => void {
  watchers.add(watcher);
  stop ??= start();
  watcher.handlePageEvent("turned", document.hidden);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    stop?.abort();
    stop = undefined;
  };
}

function start(): AbortController {
  const ending = new AbortController();
  const { signal } = ending;
  const tell = (name: PageEventName) => () => {
    for (const watcher of [...watchers]) watcher.handlePageEvent(name, document.hidden);
  };
  document.addEventListener("visibilitychange", tell("turned"), { signal });
  addEventListener("pagehide", tell("left"), { signal });
  addEventListener("online", tell("online"), { signal });
  const restored = tell("restored");
  addEventListener(
    "pageshow",
    ({ persisted }) => {
      if (persisted) restored();
    },
    { signal },
  );
  const timer = setInterval(() => {
    for (const watcher of [...watchers]) watcher.tick();
  }, TICK);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
  });
  return ending;
}
