/** Both players' pipelines, bytes in to segments out. This is bundled, and runs in the page. */
import initialise, { Remuxer } from "../../../target/bench-wasm/flvgate_player.js";
import { createDefaultConfig } from "mpegts.js/src/config.js";
import TransmuxingController from "mpegts.js/src/core/transmuxing-controller.js";
import TransmuxingEvents from "mpegts.js/src/core/transmuxing-events.js";
import FLVDemuxer from "mpegts.js/src/demux/flv-demuxer.js";
import { BaseLoader, LoaderStatus } from "mpegts.js/src/io/loader.js";
import MP4Remuxer from "mpegts.js/src/remux/mp4-remuxer.js";
import Log from "mpegts.js/src/utils/logger.js";

Log.ENABLE_VERBOSE = Log.ENABLE_DEBUG = Log.ENABLE_INFO = Log.ENABLE_WARN = false;

/** Loads flvgate's WebAssembly. */
export const ready = (url) => initialise({ module_or_path: url });

/** Counts what comes out; its bytes are touched no more than a SourceBuffer's user touches them. */
class Count {
  segments = 0;
  bytes = 0;

  append(_track, { byteLength }) {
    this.segments += 1;
    this.bytes += byteLength;
  }
}

/** flvgate's. Each pipeline takes ArrayBuffers, and returns what came of them. */
export function flvgate(chunks) {
  const count = new Count();
  const remuxer = new Remuxer(count);
  let now = 0;
  for (const chunk of chunks) remuxer.push(new Uint8Array(chunk), (now += 0.01));
  remuxer.free();
  return count;
}

const config = (more) => Object.assign(createDefaultConfig(), { isLive: true, ...more });

/** mpegts.js's demuxer and remuxer alone; what a chunk leaves over goes in front of the next. */
export function mpegtsDemuxRemux(chunks) {
  const count = new Count();
  const probed = FLVDemuxer.probe(chunks[0]);
  const demuxer = new FLVDemuxer(probed, config());
  const remuxer = new MP4Remuxer(config());
  demuxer.onError = demuxer.onMediaInfo = demuxer.onMetaDataArrived = () => undefined;
  demuxer.onScriptDataArrived = demuxer.onSeiArrived = () => undefined;
  remuxer.bindDataSource(demuxer);
  remuxer.onInitSegment = (type, { data }) => data && count.append(type, data);
  remuxer.onMediaSegment = (type, { data }) => count.append(type, data);
  let [left, at] = [new Uint8Array(0), 0];
  for (const chunk of chunks) {
    let bytes = new Uint8Array(chunk);
    if (left.length > 0) {
      bytes = new Uint8Array(left.length + chunk.byteLength);
      bytes.set(left);
      bytes.set(new Uint8Array(chunk), left.length);
    }
    const consumed = demuxer.parseChunks(bytes.buffer, at);
    at += consumed;
    left = bytes.subarray(consumed);
  }
  return count;
}

/** All of mpegts.js's between the network and the SourceBuffer; its stash gathers small chunks. */
const mpegtsPipeline = (enableStashBuffer) => (chunks) => {
  const count = new Count();
  let loader;
  class Loader extends BaseLoader {
    constructor() {
      super("bench");
      loader = this;
    }

    open() {
      this._status = LoaderStatus.kBuffering;
    }

    abort() {}
  }
  const source = { type: "flv", url: "bench.flv", isLive: true };
  const controller = new TransmuxingController(source, config({ customLoader: Loader, enableStashBuffer }));
  controller.on(TransmuxingEvents.INIT_SEGMENT, (type, { data }) => data && count.append(type, data));
  controller.on(TransmuxingEvents.MEDIA_SEGMENT, (type, { data }) => count.append(type, data));
  controller.start();
  let at = 0;
  for (const chunk of chunks) {
    loader._onDataArrival(chunk, at, at + chunk.byteLength);
    at += chunk.byteLength;
  }
  controller.destroy();
  return count;
};

export const mpegts = mpegtsPipeline(true);
export const mpegtsWithoutStash = mpegtsPipeline(false);
