/** Addresses: of a stream on the server, and of this page with a stream chosen. */

export type Transport = "http" | "ws";

/** What shows the picture: Media Source Extensions, or the browser's decoders themselves. */
export type Mode = "mse" | "webcodecs";

/** What the page plays: one of the server's streams, or any URL. */
export interface Choice {
  /** `app/stream`, or a URL. */
  stream: string;
  transport: Transport;
}

/** Whether it is a URL, not the name of one of the server's streams. */
export function isUrl(stream: string): boolean {
  return /^(https?|wss?):\/\//i.test(stream);
}

/** How a stream is called in a text: a URL by its path. */
export function shortName(stream: string): string {
  if (!isUrl(stream)) return stream;
  try {
    return new URL(stream).pathname.slice(1);
  } catch {
    return stream;
  }
}

/** The URL to play a stream of the server `page` came from; `path` where the server has said where it is. */
export function streamUrl(choice: Choice, page: string, path?: string | null): string {
  const { stream, transport } = choice;
  const url = isUrl(stream)
    ? new URL(stream)
    : new URL(path ?? `/${stream.split("/").map(encodeURIComponent).join("/")}.flv`, page);
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  // A WebSocket and plain HTTP share path and port.
  url.protocol = transport === "ws" ? (secure ? "wss:" : "ws:") : secure ? "https:" : "http:";
  return url.href;
}

/** The choice in a page's address: `?stream=live/demo&transport=ws`, or the same behind `#`. */
export function choiceOf(page: string): Choice | null {
  const { search, hash } = new URL(page);
  const query = new URLSearchParams(search);
  const fragment = new URLSearchParams(hash.slice(1));
  const stream = query.get("stream") ?? fragment.get("stream");
  if (stream === null || stream.trim() === "") return null;
  return withTransport(stream.trim(), query.get("transport") ?? fragment.get("transport"));
}

/** What shows the pictures of a page with that address: `?mode=webcodecs`. */
export function modeOf(page: string): Mode {
  return new URL(page).searchParams.get("mode") === "webcodecs" ? "webcodecs" : "mse";
}

/** A typed text as a choice: a URL keeps its own transport. */
export function choiceOfText(text: string, transport: Transport): Choice {
  const stream = text.trim();
  if (isUrl(stream)) return withTransport(stream, /^ws/i.test(stream) ? "ws" : "http");
  return { stream: stream.replace(/^\/+/, "").replace(/\.flv$/, ""), transport };
}

/** The streams of a wall in a page's address: each `stream` is a tile; an empty one is free. */
export function tilesOf(page: string): { size: string | null; streams: string[] } {
  const { search, hash } = new URL(page);
  const query = new URLSearchParams(search === "" ? hash.slice(1) : search);
  return { size: query.get("wall"), streams: query.getAll("stream").map((stream) => stream.trim()) };
}

/** This page's address with those streams, one for each tile. */
export function addressOf(
  streams: readonly (string | null)[],
  transport: Transport,
  mode: Mode,
  page: string,
): string {
  const url = new URL(page);
  url.hash = "";
  // Slashes are allowed in a query, and read better.
  const named = streams.map((stream) => {
    const text = encodeURIComponent(stream ?? "")
      .replaceAll("%2F", "/")
      .replaceAll("%3A", ":");
    return `stream=${text}`;
  });
  const wall = streams.length > 1 ? [`wall=${streams.length}`] : [];
  const modes = mode === "mse" ? [] : [`mode=${mode}`];
  url.search = `?${[...named, `transport=${transport}`, ...modes, ...wall].join("&")}`;
  return url.href;
}

function withTransport(stream: string, transport: string | null): Choice {
  const own = isUrl(stream) && /^ws/i.test(stream) ? "ws" : "http";
  return { stream, transport: transport === "ws" ? "ws" : transport === "http" ? "http" : own };
}
