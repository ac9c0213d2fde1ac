import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOf,
  choiceOf,
  choiceOfText,
  modeOf,
  shortName,
  tilesOf,
  streamUrl,
} from "../demo/stream-url.js";

const PAGE = "http://example.com:8080/";

void test("a stream of this server is at the default mount, on either transport", () => {
  assert.equal(
    streamUrl({ stream: "live/demo", transport: "http" }, PAGE),
    "http://example.com:8080/live/demo.flv",
  );
  assert.equal(
    streamUrl({ stream: "live/demo", transport: "ws" }, PAGE),
    "ws://example.com:8080/live/demo.flv",
  );
});

void test("a secure page gets secure transports", () => {
  const page = "https://example.com/";
  assert.equal(streamUrl({ stream: "live/demo", transport: "ws" }, page), "wss://example.com/live/demo.flv");
  assert.equal(
    streamUrl({ stream: "live/demo", transport: "http" }, page),
    "https://example.com/live/demo.flv",
  );
});

void test("where the server says the stream is counts more than the default", () => {
  assert.equal(
    streamUrl({ stream: "live/demo", transport: "http" }, PAGE, "/a/live/demo.flv?vhost=b"),
    "http://example.com:8080/a/live/demo.flv?vhost=b",
  );
});

void test("names with dots, spaces and other letters survive", () => {
  assert.equal(
    streamUrl({ stream: "live/ü b.c", transport: "http" }, PAGE),
    "http://example.com:8080/live/%C3%BC%20b.c.flv",
  );
});

void test("a URL keeps its host, and takes the transport that is chosen", () => {
  assert.equal(
    streamUrl({ stream: "https://other.net/x.flv?token=1", transport: "ws" }, PAGE),
    "wss://other.net/x.flv?token=1",
  );
});

void test("an address names the stream in its query or its fragment", () => {
  assert.deepEqual(choiceOf(`${PAGE}?stream=live/demo&transport=ws`), {
    stream: "live/demo",
    transport: "ws",
  });
  assert.deepEqual(choiceOf(`${PAGE}#stream=live/demo`), { stream: "live/demo", transport: "http" });
  assert.equal(choiceOf(PAGE), null);
  assert.equal(choiceOf(`${PAGE}?stream=`), null);
});

void test("an address that was made is read back as it was", () => {
  for (const stream of ["live/demo", "live/ü&b=c#d", "wss://other.net/a.flv?x=1&y=2"]) {
    assert.deepEqual(choiceOf(addressOf([stream], "ws", "mse", `${PAGE}#old`)), { stream, transport: "ws" });
    const wall = addressOf([stream, null, stream, "live/b"], "http", "mse", PAGE);
    assert.deepEqual(tilesOf(wall), { size: "4", streams: [stream, "", stream, "live/b"] });
  }
  assert.deepEqual(tilesOf(PAGE), { size: null, streams: [] });
  for (const mode of ["mse", "webcodecs"] as const)
    assert.equal(modeOf(addressOf(["live/a"], "http", mode, PAGE)), mode);
});

void test("a stream is called by its name, a URL by its path", () => {
  assert.equal(shortName("live/demo"), "live/demo");
  assert.equal(shortName("wss://other.net/live/a.flv?x=1"), "live/a.flv");
  assert.equal(shortName("http://"), "http://");
});

void test("a typed text may be a URL, or a stream's name with or without its ending", () => {
  assert.deepEqual(choiceOfText(" ws://a/b.flv ", "http"), { stream: "ws://a/b.flv", transport: "ws" });
  assert.deepEqual(choiceOfText("/live/demo.flv", "ws"), { stream: "live/demo", transport: "ws" });
});
