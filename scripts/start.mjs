// Sets up, builds, starts the server and publishes the demo clip to it, until Ctrl-C.
//
//   npm start              release build
//   npm run dev            quick build, for work on flvgate itself

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildWeb } from "./build.mjs";
import { bold, dim, main, Problem, ROOT, run, step } from "./command.mjs";
import { ensureRust } from "./toolchain.mjs";

const CONFIGURATION = "conf/flvgate.conf";
const CLIP = "tests/media/demo.flv";
const STREAM = "live/demo";

const dev = process.argv.includes("--dev");
const program = join(ROOT, "target", dev ? "debug" : "release", "flvgate");
/** What this script has started, and ends. */
const children = new Set();

await main(async () => {
  await ensureRust();
  await buildWeb({ dev });
  await step("build the server", () =>
    run("cargo", ["build", "--locked", "-p", "flvgate", ...(dev ? [] : ["--release"])]),
  );
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop(0));
  const { rtmp, http } = await startServer();
  startPublisher(`${rtmp}/${STREAM}`);
  printUrls(rtmp, http);
});

/** Starts the server; returns the RTMP and the HTTP address that it says it listens on. */
function startServer() {
  // The addresses are read from its log, so that must come here.
  const env = { ...process.env, SRS_LOG_TANK: "console" };
  const server = spawn(program, ["-c", CONFIGURATION], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "inherit", "pipe"],
  });
  children.add(server);
  return new Promise((resolve, reject) => {
    const found = {};
    createInterface(server.stderr).on("line", (line) => {
      console.error(line);
      found.rtmp ??= line.match(/publish to (rtmp:\/\/[^/\s]+)\//)?.[1];
      found.http ??= line.match(/open (http:\/\/[^/\s]+)\//)?.[1];
      if (found.rtmp && found.http) resolve(found);
    });
    server.on("error", (error) => reject(new Problem(`cannot run ${program}: ${error.message}`)));
    server.on("exit", (code) => {
      children.delete(server);
      // Before it listens, it has said itself what is wrong: a port that is taken, and how to choose another.
      reject(new Problem("the server did not start"));
      stop(code ?? 1);
    });
  });
}

function startPublisher(url) {
  const publisher = spawn(program, ["publish", CLIP, url, "--loop"], { cwd: ROOT, stdio: "inherit" });
  children.add(publisher);
  publisher.on("exit", (code) => {
    children.delete(publisher);
    if (code) console.error(`the demo clip is no longer published (code ${code}); the server goes on`);
  });
}

function printUrls(rtmp, http) {
  const rows = [
    ["Watch", `${http}/`],
    ["HTTP-FLV", `${http}/${STREAM}.flv`],
    ["WebSocket-FLV", `${http.replace("http", "ws")}/${STREAM}.flv`],
    ["Publish", `${rtmp}/live/livestream`],
  ];
  const lines = rows.map(([name, url]) => `  ${name.padEnd(14)} ${bold(url)}`);
  console.log(["", ...lines, dim("  Ctrl-C stops. Ports: conf/flvgate.conf."), ""].join("\n"));
}

let stopping = false;
function stop(code) {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  for (const child of children) child.kill("SIGTERM");
}
