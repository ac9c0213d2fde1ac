/** Child processes that never outlive the tests. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/** So much of a process's output is kept for the message of a failed test, in characters. */
const OUTPUT_KEPT = 8000;

const running = new Set();

function killAll() {
  for (const child of running) child.kill("SIGKILL");
}

process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    killAll();
    process.kill(process.pid, signal);
  });
}

/** A program that was started, with what it has written so far. */
export class Program {
  #child;
  #ended;
  #output = "";

  constructor(file, args, options = {}) {
    this.#child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    running.add(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.#output = (this.#output + text).slice(-OUTPUT_KEPT);
      });
    }
    this.#ended = once(this.#child, "exit").catch((error) => {
      this.#output += `${file}: ${error.message}\n`;
    });
    void this.#ended.then(() => running.delete(this.#child));
  }

  /** The end of what it wrote. */
  get output() {
    return this.#output;
  }

  get isRunning() {
    return running.has(this.#child);
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** Sends a signal, and waits for the end. */
  async end(signal = "SIGTERM") {
    // One that is stopped takes no other signal before it goes on.
    if (signal !== "SIGKILL") this.#child.kill("SIGCONT");
    this.#child.kill(signal);
    await this.#ended;
  }

  /** Waits for the end; fails unless it is a success. */
  async succeed() {
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`${this.#child.spawnfile} failed:\n${this.#output}`);
  }
}
