/** A page whose player is loaded, stopped, taken away and put back, while it plays a hostile stream; and what that costs. */
import { readFile } from "node:fs/promises";

/** What the page's user does, and how often each is done before a second passes. */
const ACTIONS = {
  nothing: 60,
  load: 4,
  stop: 2,
  remove: 2,
  pause: 2,
  "other target": 2,
};

/** Runs in the page and in its worker before their scripts: keeps what tells of leaks. */
export function observe() {
  const soak = { memories: [], rejections: [], appended: 0, frames: 0, fatal: {} };
  globalThis.soak = soak;
  const { Instance } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct(_target, args) {
      const instance = new Instance(...args);
      const all = Object.values(instance.exports);
      soak.memories.push(...all.filter((value) => value instanceof WebAssembly.Memory));
      return instance;
    },
  });
  addEventListener("unhandledrejection", ({ reason }) => soak.rejections.push(String(reason)));
  const { appendBuffer } = SourceBuffer.prototype;
  SourceBuffer.prototype.appendBuffer = function (bytes) {
    soak.appended += bytes.byteLength;
    return appendBuffer.call(this, bytes);
  };
  const count = ({ detail, target }) => {
    if (target?.localName === "flv-player" && detail?.fatal)
      soak.fatal[detail.code] = (soak.fatal[detail.code] ?? 0) + 1;
  };
  addEventListener("error", count, true);
}

/** Runs in the page: does one thing to its player. */
function act({ action, url, target }) {
  let player = document.querySelector("flv-player");
  if (action === "remove" || !player) {
    player?.remove();
    player = document.createElement("flv-player");
    player.muted = true;
    player.autoplay = true;
    player.src = url;
    document.body.append(player);
    return;
  }
  const { video } = player;
  if (video && !video.isCounted) {
    video.isCounted = true;
    const count = () => {
      globalThis.soak.frames += 1;
      video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
  }
  const idle = ["idle", "failed", "ended"].includes(player.stats?.state ?? "idle");
  if (action === "load" || (idle && action === "nothing")) player.src = url;
  if (action === "stop") player.removeAttribute("src");
  if (action === "pause") player.pause();
  else if (player.paused) player.play().catch(() => undefined);
  if (action === "other target") player.setAttribute("latency-target", String(target));
}

/** Runs in the page and in its worker: what there is at this moment. */
function look() {
  const { document, soak, told } = globalThis;
  const player = document?.querySelector("flv-player");
  const video = player?.video;
  let buffered = 0;
  for (let index = 0; index < (video?.buffered.length ?? 0); index += 1)
    buffered += video.buffered.end(index) - video.buffered.start(index);
  // What the harness notes of the player's events would grow for ever.
  if (told) told.length = 0;
  const { memories, rejections, appended, fatal } = soak;
  const wasm = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  return {
    frames: soak.frames,
    buffered,
    wasm,
    rejections,
    appended,
    fatal,
    state: player?.stats?.state ?? "none",
  };
}

export class Visit {
  #tab;
  #cdp;
  #browserCdp;
  #random;
  #host;

  constructor(tab, host, random) {
    this.#tab = tab;
    this.#host = host;
    this.#random = random;
  }

  /** Opens the page of a hostile server at `host` in a tab without a page. */
  async open() {
    const { page } = this.#tab;
    await page.addInitScript(observe);
    await page.goto(`http://${this.#host}/`);
    await page.addScriptTag({ url: "/flvgate-player.js", type: "module" });
    await page.waitForFunction(() => customElements.get("flv-player"));
    this.#cdp = await page.context().newCDPSession(page);
    await this.#cdp.send("HeapProfiler.enable");
    await this.#cdp.send("Performance.enable");
    this.#browserCdp = await page.context().browser().newBrowserCDPSession();
  }

  /** What a user, or the page, does in this second. */
  async act() {
    const transport = this.#random() < 0.5 ? "http" : "ws";
    const url = `${transport}://${this.#host}/live.flv?${Math.floor(this.#random() * 1e9)}`;
    const target = Math.round((0.1 + this.#random()) * 100) / 100;
    await this.#tab.page.evaluate(act, { action: this.#choose(), url, target });
  }

  /** Counts what is in use, behind a garbage collection. Sizes in bytes, `buffered` in seconds. */
  async measure() {
    await this.#cdp.send("HeapProfiler.collectGarbage");
    const { metrics } = await this.#cdp.send("Performance.getMetrics");
    const { page } = this.#tab;
    const places = await Promise.all([page, ...page.workers()].map((place) => place.evaluate(look)));
    const sum = (what) => places.reduce((sum, place) => sum + place[what], 0);
    const metric = (wanted) => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
    return {
      ...places[0],
      wasm: sum("wasm"),
      appended: sum("appended"),
      rejections: places.flatMap(({ rejections }) => rejections),
      heap: metric("JSHeapUsedSize"),
      nodes: metric("Nodes"),
      listeners: metric("JSEventListeners"),
      process: await this.#processMemory(),
    };
  }

  get errors() {
    return this.#tab.errors;
  }

  #choose() {
    const entries = Object.entries(ACTIONS);
    let left = this.#random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    return entries.find(([, weight]) => (left -= weight) < 0)[0];
  }

  /** The resident memory of the largest page process. */
  async #processMemory() {
    const { processInfo } = await this.#browserCdp.send("SystemInfo.getProcessInfo");
    const renderers = processInfo.filter(({ type }) => type === "renderer");
    const sizes = renderers.map(async ({ id }) => {
      const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
      return 1024 * Number(status.match(/VmRSS:\s+(\d+)/)?.[1] ?? 0);
    });
    return Math.max(...(await Promise.all(sizes)));
  }
}
