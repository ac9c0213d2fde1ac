import assert from "node:assert/strict";
import { test } from "node:test";
import { snippetOf } from "../demo/snippets.js";

const PAGE = "http://h:8080/?stream=a";
const STREAM = 'http://h:8080/live/a.flv?x=1&y="2"';

void test("the snippets for pages name the player's file beside the page, and quote the stream's URL", () => {
  const player =
    '<flv-player src="http://h:8080/live/a.flv?x=1&amp;y=&quot;2&quot;" autoplay muted controls></flv-player>';
  assert.equal(
    snippetOf("element", STREAM, "mse", PAGE),
    `<script type="module" src="http://h:8080/flvgate-player.js"></script>\n${player}`,
  );
  assert.equal(
    snippetOf("script", STREAM, "mse", PAGE),
    `<script src="http://h:8080/flvgate-player.iife.js"></script>\n${player}`,
  );
});

void test("the snippet for npm imports the package, and has the URL as a string", () => {
  const snippet = snippetOf("npm", STREAM, "mse", PAGE);
  assert.match(snippet, /^import "flvgate-player";$/m);
  assert.ok(snippet.includes(`player.src = ${JSON.stringify(STREAM)};`));
});

void test("each snippet says that the browser's decoders play, if they do", () => {
  for (const kind of ["element", "script"] as const)
    assert.match(snippetOf(kind, STREAM, "webcodecs", PAGE), / mode="webcodecs" /);
  assert.match(snippetOf("npm", STREAM, "webcodecs", PAGE), /^player\.mode = "webcodecs";$/m);
});
