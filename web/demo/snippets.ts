/** What to put into a page to play a stream there. */
import type { Mode } from "./stream-url.js";

export const SNIPPET_KINDS = ["element", "npm", "script"] as const;
export type SnippetKind = (typeof SNIPPET_KINDS)[number];

/** The snippet; `page` is the address whose directory has the player's files. */
export function snippetOf(kind: SnippetKind, stream: string, mode: Mode, page: string): string {
  const url = (file: string) => escaped(new URL(file, page).href);
  const direct = mode === "mse" ? "" : ` mode="${mode}"`;
  const player = `<flv-player src="${escaped(stream)}"${direct} autoplay muted controls></flv-player>`;
  switch (kind) {
    case "element":
      return `<script type="module" src="${url("flvgate-player.js")}"></script>\n${player}`;
    case "script":
      return `<script src="${url("flvgate-player.iife.js")}"></script>\n${player}`;
    case "npm":
      return (
        `// npm install flvgate-player\nimport "flvgate-player";\n\n` +
        `const player = document.createElement("flv-player");\n` +
        `player.muted = player.autoplay = player.controls = true;\n` +
        (mode === "mse" ? "" : `player.mode = ${JSON.stringify(mode)};\n`) +
        `player.src = ${JSON.stringify(stream)};\n` +
        `document.body.append(player);`
      );
  }
}

/** As the value of an attribute in double quotes. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
