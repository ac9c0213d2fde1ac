// `npm start`: sets up what is missing, builds, starts the server, and publishes the demo clip to live/demo for ever.
//
//   npm start              optimised
//   npm run dev            quick to build; builds the player and the page again when their sources change

import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "./build.mjs";
import { bold, dim, isMain, main, Problem, ROOT, run, step } from "./command.mjs";
import { accepts, CONFIGURATION, readPorts, requireFree } from "./ports.mjs";
import { ensureRust } from "./toolchain.mjs";

const CLIP = "tests/media/demo.flv";
const STREAM = "live/demo";
const START_TIMEOUT_SECONDS = 15;
/** The server gives its connections 5 s to end. */
const STOP_TIMEOUT_SECONDS = 7;

/** What runs beside this script; all of it ends with it. */
const children = new Set();
let stopping = false;

async function start({ dev }) {
  const ports = readPorts();
  // Before minutes of building, not after them.
  await requireFree(ports.rtmp);
  await requireFree(ports.http);
  await build({ dev });
  const flvgate = await buildServer({ dev });

  stopOnSignals();
  const server = launch(flvgate, ["-c", CONFIGURATION]);
  await until("the server listens", server, async () => {
    return (await accepts(ports.rtmp.port)) && (await accepts(ports.http.port));
  });
  const publisher = launch(flvgate, [
    "publish",
    CLIP,
    `rtmp://127.0.0.1:${ports.rtmp.port}/${STREAM}`,
    "--loop",
  ]);
  const live = `http://127.0.0.1:${ports.http.port}/${STREAM}.flv`;
  await until(`${STREAM} is live`, publisher, () => isServed(live));
  console.log(announcement(ports));
  if (dev) rebuildOnChange();

  const unasked = (say) => (why) => stopping || say(why);
  publisher.ended.then(unasked((why) => console.log(`The demo clip ${why}. The server goes on.`)));
  await server.ended.then(
    unasked(async (why) => {
      await stop();
      throw new Problem(`the server ${why}`);
    }),
  );
}

/** Builds the server and returns the path of its command. */
export async function buildServer({ dev }) {
  await ensureRust();
  const profile = dev ? [] : ["--release"];
  await step("build the server", () => run("cargo", ["build", "-p", "flvgate", "--locked", ...profile]));
  return join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), dev ? "debug" : "release", "flvgate");
}

/** Starts a program that runs until {@link stop}. Its `ended` resolves to how it ended. */
function launch(program, args) {
  // In a group of its own: the terminal's Ctrl-C is for this script, which stops the others in order. The server would
  // take a second signal for "stop at once".
  const child = spawn(program, args, { cwd: ROOT, detached: true, stdio: ["ignore", "inherit", "inherit"] });
  children.add(child);
  child.ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(`cannot be run: ${error.message}`));
    child.once("exit", (code, signal) =>
      resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`),
    );
  });
  child.ended.then(() => children.delete(child));
  return child;
}

async function until(condition, child, holds) {
  const deadline = performance.now() + START_TIMEOUT_SECONDS * 1000;
  while (!(await holds())) {
    const why = children.has(child)
      ? undefined
      : `${child.spawnargs.slice(0, 2).join(" ")} ${await child.ended}`;
    if (why === undefined && performance.now() < deadline) {
      await sleep(50);
      continue;
    }
    await stop();
    throw new Problem(`waited for this: ${condition}; but ${why ?? `not within ${START_TIMEOUT_SECONDS} s`}`);
  }
}

/** Whether a stream is live: then the server answers the request for its head with 200. */
async function isServed(url) {
  const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(2000) }).catch(
    () => undefined,
  );
  return answer?.status === 200;
}

function announcement({ rtmp, http }) {
  const host = `localhost:${http.port}`;
  const rtmpHost = rtmp.port === 1935 ? "localhost" : `localhost:${rtmp.port}`;
  const lines = [
    ["the page", `http://${host}/`],
    ["HTTP-FLV", `http://${host}/${STREAM}.flv`],
    ["WebSocket-FLV", `ws://${host}/${STREAM}.flv`],
    ["publish to", `rtmp://${rtmpHost}/live/STREAM`],
  ].map(([name, url]) => [`${name.padEnd(15)}${url}`, `${dim(name.padEnd(15))}${bold(url)}`]);
  const width = Math.max(...lines.map(([plain]) => plain.length));
  const boxed = lines.map(([plain, shown]) => `│  ${shown}${" ".repeat(width - plain.length)}  │`);
  const edge = "─".repeat(width + 4);
  return [
    "",
    `┌${edge}┐`,
    ...boxed,
    `└${edge}┘`,
    dim("  Ctrl-C stops the server and the demo clip."),
    "",
  ].join("\n");
}

function rebuildOnChange() {
  let timer;
  let work = Promise.resolve();
  const rebuild = () => build({ dev: true }).catch((error) => console.error(error.message));
  for (const directory of ["media/src", "wasm-player/src", "web/src", "web/demo"]) {
    watch(join(ROOT, directory), { recursive: true }, () => {
      clearTimeout(timer);
      // An editor writes a file in several steps.
      timer = setTimeout(() => (work = work.then(rebuild)), 200);
    });
  }
}

function stopOnSignals() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => void stop().then(() => process.exit(0)));
  }
}

/** Ends everything that {@link launch} has started, by request first; returns when it has gone. */
async function stop() {
  stopping = true;
  const all = [...children];
  all.forEach((child) => child.kill("SIGTERM"));
  const timer = setTimeout(() => all.forEach((child) => child.kill("SIGKILL")), STOP_TIMEOUT_SECONDS * 1000);
  await Promise.all(all.map((child) => child.ended));
  clearTimeout(timer);
}

if (isMain(import.meta.url)) await main(() => start({ dev: process.argv.includes("--dev") }));
