/** Pictures and recordings of what plays. */

/** What is being recorded. */
export interface Recording {
  /** The bytes of the file as they come, for who wants to write them somewhere instead of keeping them. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Ends it, and hands back the whole file; an empty one if `readable` was read instead. */
  stop(): Promise<Blob>;
}

export interface RecordOptions {
  /** How much is kept while nobody reads it, in bytes; the recording ends there. Default 256 MiB. */
  maxBytes?: number;
}

/** What the engine says of a recording: the next bytes, or `null` behind the last. */
export interface RecordedEvent {
  type: "recorded";
  data: Uint8Array | null;
}

const TYPE = "video/mp4";

/** The frame that is shown, in the video's own size. Rejects while there is none. */
export async function takeSnapshot(
  video: HTMLVideoElement | undefined,
  type?: string,
  quality?: number,
): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = video?.videoWidth ?? 0;
  canvas.height = video?.videoHeight ?? 0;
  if (video && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
    canvas.getContext("2d")?.drawImage(video, 0, 0);
  }
  const blob = await new Promise<Blob | null>((done) => {
    canvas.toBlob(done, type, quality);
  });
  // There is none of a picture without size, which is what a video without a frame has.
  if (!blob) throw new DOMException("no frame is shown yet", "InvalidStateError");
  return blob;
}

/** Takes the bytes of a recording; `null`: there are no more. */
export type Recorder = (data: Uint8Array | null) => void;

/** A recording that gets its bytes by the function that comes with it; `onEnd` is called when it wants no more. */
export function makeRecording(
  { maxBytes = 2 ** 28 }: RecordOptions,
  onEnd: () => void,
): [Recording, Recorder] {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const readable = new ReadableStream<Uint8Array>(
    {
      start: (own) => {
        controller = own;
      },
      cancel: () => {
        controller = undefined;
        onEnd();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxBytes }),
  );
  const take: Recorder = (data) => {
    if (!controller) return;
    if (data) controller.enqueue(data);
    if (data && (controller.desiredSize ?? 0) > 0) return;
    controller.close();
    controller = undefined;
    if (data) onEnd();
  };
  const stop = async () => {
    onEnd();
    const headers = { "content-type": TYPE };
    return readable.locked ? new Blob([], { type: TYPE }) : new Response(readable, { headers }).blob();
  };
  return [{ readable, stop }, take];
}
