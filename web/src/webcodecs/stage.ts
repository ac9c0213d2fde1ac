/** Shows decoded frames and plays decoded sound on a `<video>`, at once. */

/** Chromium's; frames written to it are shown as they are. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame | AudioData>;
  constructor(init: { kind: "audio" | "video" });
}

/** Takes what a decoder has made, which is then the outlet's to close. */
export interface Outlet<T> {
  readonly tracks: readonly MediaStreamTrack[];
  put(frame: T): void;
  close(): void;
}

const hasGenerator = () => typeof MediaStreamTrackGenerator === "function";

/** Sound is scheduled so far ahead, in seconds, where the page must do it: less, and it crackles. */
const SCHEDULE_AHEAD = 0.04;
/** Scheduled farther ahead than this, it is late for good, and what comes is left out. */
const SCHEDULE_MAX = 0.2;

export const videoOutlet = (): Outlet<VideoFrame> =>
  hasGenerator() ? generatorOutlet<VideoFrame>("video") : canvasOutlet();

export const audioOutlet = (): Outlet<AudioData> =>
  hasGenerator() ? generatorOutlet<AudioData>("audio") : contextOutlet();

function generatorOutlet<T extends VideoFrame | AudioData>(kind: "audio" | "video"): Outlet<T> {
  const track = new MediaStreamTrackGenerator({ kind });
  const writer = track.writable.getWriter();
  return {
    tracks: [track],
    put(frame) {
      // Fails once the track is stopped, which is no news then.
      writer.write(frame).catch(() => {
        frame.close();
      });
    },
    close() {
      track.stop();
    },
  };
}

function canvasOutlet(): Outlet<VideoFrame> {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const stream = canvas.captureStream();
  return {
    tracks: stream.getVideoTracks(),
    put(frame) {
      if (canvas.width !== frame.displayWidth) canvas.width = frame.displayWidth;
      if (canvas.height !== frame.displayHeight) canvas.height = frame.displayHeight;
      context?.drawImage(frame, 0, 0);
      frame.close();
    },
    close() {
      for (const track of stream.getTracks()) track.stop();
    },
  };
}

function contextOutlet(): Outlet<AudioData> {
  const context = new AudioContext({ latencyHint: "interactive" });
  const destination = context.createMediaStreamDestination();
  let next = 0;
  return {
    tracks: destination.stream.getAudioTracks(),
    put(data) {
      const { numberOfChannels, numberOfFrames, sampleRate } = data;
      next = Math.max(next, context.currentTime + SCHEDULE_AHEAD);
      if (context.state === "running" && next < context.currentTime + SCHEDULE_MAX) {
        const buffer = context.createBuffer(numberOfChannels, numberOfFrames, sampleRate);
        for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex += 1) {
          data.copyTo(buffer.getChannelData(planeIndex), { planeIndex, format: "f32-planar" });
        }
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(destination);
        source.start(next);
        next += buffer.duration;
      }
      data.close();
    },
    close() {
      void context.close();
    },
  };
}
