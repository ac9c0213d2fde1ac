/** In the page: players of both kinds side by side, and what each of them shows. */
/* global mpegts */
import "/flvgate/flvgate-player.js";

const BARS = 16;
const BITS = BARS - 2;
const TOLD = ["statechange", "discontinuity", "warning", "error", "tracks", "autoplayblocked"];
const cells = new Map();
const wall = () => performance.timeOrigin + performance.now();

/** The number in a picture's bars, or -1 if there is none to read. */
function reader(video) {
  const canvas = new OffscreenCanvas(BARS * 4, 4);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return () => {
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 8, 0, 0, BARS * 4, 4);
    const { data } = context.getImageData(0, 1, BARS * 4, 1);
    const bright = (bar) => data[(bar * 4 + 2) * 4] > 126;
    if (bright(BITS) || !bright(BITS + 1)) return -1;
    let number = 0;
    for (let bar = 0; bar < BITS; bar += 1) if (bright(bar)) number |= 1 << bar;
    return number;
  };
}

/** Notes each picture: when it is seen, and which one it is. */
function watch(cell, video) {
  const read = reader(video);
  const note = (_now, { expectedDisplayTime, width }) => {
    cell.shown.push([performance.timeOrigin + expectedDisplayTime, read(), width, video.currentTime]);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  for (const type of ["waiting", "ended", "seeking", "ratechange", "error", "pause", "play"]) {
    video.addEventListener(type, () => cell.element.push([wall(), type, video.playbackRate]));
  }
}

function startFlvgate(cell, url, options) {
  const player = document.createElement("flv-player");
  player.muted = true;
  player.autoplay = true;
  player.preload = "none";
  for (const type of TOLD) {
    player.addEventListener(type, ({ detail }) => {
      const { code, fatal, message, state, jumpMs, track } = detail ?? {};
      cell.told.push({ at: wall(), type, code, fatal, message, state, jumpMs, track });
    });
  }
  const { latencyTarget, ...rest } = options;
  player.options = rest;
  if (latencyTarget) player.latencyTarget = latencyTarget;
  cell.stats = () => player.stats;
  cell.stop = () => player.remove();
  document.body.append(player);
  watch(cell, player.video);
  cell.video = player.video;
  cell.loaded = wall();
  player.src = url;
}

function startMpegts(cell, url, options) {
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  const { hasAudio, ...config } = options;
  const player = mpegts.createPlayer({ type: "flv", isLive: true, url, hasAudio }, config);
  for (const type of ["error", "loading_complete", "recovered_early_eof"]) {
    player.on(type, (kind, detail) => {
      cell.told.push({
        at: wall(),
        type,
        code: [kind, detail].filter((x) => typeof x === "string").join(" "),
      });
    });
  }
  cell.stats = () => null;
  cell.stop = () => player.destroy();
  watch(cell, video);
  cell.video = video;
  cell.loaded = wall();
  player.attachMediaElement(video);
  player.load();
  player.play()?.catch(() => undefined);
}

globalThis.lab = {
  /** Begins to play; `kind` is "flvgate" or "mpegts". */
  start(id, kind, url, options) {
    const cell = { shown: [], told: [], element: [], samples: [] };
    cells.set(id, cell);
    (kind === "flvgate" ? startFlvgate : startMpegts)(cell, url, options);
    cell.timer = setInterval(() => {
      const { video } = cell;
      const { buffered, currentTime, playbackRate, seeking, paused, readyState } = video;
      const edge = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
      const target = cell.stats()?.targetLatency ?? null;
      cell.samples.push([wall(), edge - currentTime, playbackRate, target, seeking, paused, readyState]);
    }, 100);
  },
  /** Ends a cell, and hands back all that was noted. */
  collect(id) {
    const { shown, told, element, samples, loaded, video, timer, stats, stop } = cells.get(id);
    clearInterval(timer);
    const quality = video.getVideoPlaybackQuality();
    const report = {
      ...{ shown, told, element, samples, loaded, audioBytes: video.webkitAudioDecodedByteCount },
      ...{ dropped: quality.droppedVideoFrames, stats: stats(), currentTime: video.currentTime },
    };
    stop();
    cells.delete(id);
    return report;
  },
};
