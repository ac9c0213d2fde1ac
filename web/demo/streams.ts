/** The server's list of live streams, in the shape of `/api/v1/streams`. */

export interface StreamEntry {
  app: string;
  name: string;
  /** `/app/stream` */
  url: string;
  clients: number;
  kbps: { recv_30s: number };
  publish: { active: boolean };
  video: { codec: string; width?: number; height?: number } | null;
  audio: { codec: string; sample_rate?: number; channel?: number } | null;
  /** What the server adds to SRS's fields. */
  flvgate?: { vhost: string; viewers: number; live_for_ms: number; flv: string | null };
}

interface StreamList {
  code: number;
  streams?: StreamEntry[];
}

/** Where the API shares the port it follows SRS, and shows ten streams unless more are asked for. */
const LIST_URL = "/api/v1/streams?count=10000";

/** Asks the server; `null` when it does not answer as it should. */
export async function fetchStreams(): Promise<StreamEntry[] | null> {
  try {
    const response = await fetch(LIST_URL, { cache: "no-store" });
    if (!response.ok) return null;
    const list = (await response.json()) as StreamList;
    return list.code === 0 ? (list.streams ?? []).filter((stream) => stream.publish.active) : null;
  } catch {
    return null;
  }
}

/** `app/stream`, which is how the page's address and its list name a stream. */
export function nameOf(stream: StreamEntry): string {
  return `${stream.app}/${stream.name}`;
}
