/** What a Content-Security-Policy keeps the player from: the browser tells the failed request nothing of it. */

/** Takes the address that was not to be reached; some browsers cut it down to its origin or its scheme. */
type OnBlocked = (address: string) => void;

const watchers = new Set<OnBlocked>();
let isListening = false;

/** Calls `onBlocked` for each connection that this page's policy forbids, or the worker's; hands back what ends that. */
export function watchPolicy(onBlocked: OnBlocked): () => void {
  if (!isListening) onViolation(tellBlocked);
  isListening = true;
  watchers.add(onBlocked);
  return () => {
    watchers.delete(onBlocked);
  };
}

export function tellBlocked(address: string): void {
  for (const watcher of [...watchers]) watcher(address);
}

/** Listens where the script runs, on a page or in a worker. */
export function onViolation(onBlocked: OnBlocked): void {
  addEventListener("securitypolicyviolation", ({ effectiveDirective, disposition, blockedURI }) => {
    if (effectiveDirective === "connect-src" && disposition === "enforce") onBlocked(blockedURI);
  });
}
