// Runs programs, and says what happens while they run.

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root directory. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure that the person at the keyboard can mend: shown as text, without a stack. */
export class Problem extends Error {}

/**
 * Runs a program to its end with its output on the terminal.
 *
 * Throws a {@link Problem} when it cannot be started, fails, or takes longer than `timeoutSeconds`.
 */
export function run(program, args, { env = process.env, cwd = ROOT, timeoutSeconds, quiet = false } = {}) {
  const shown = [program, ...args].join(" ");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    });
    const kept = [];
    child.stdout?.on("data", (data) => kept.push(data));
    child.stderr?.on("data", (data) => kept.push(data));
    let late = false;
    const timer =
      timeoutSeconds &&
      setTimeout(() => {
        late = true;
        child.kill("SIGKILL");
      }, timeoutSeconds * 1000);
    child.on("error", (error) => reject(new Problem(`cannot run "${shown}": ${error.message}`)));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const output = Buffer.concat(kept).toString();
      if (code === 0) return resolve(output);
      const why = late
        ? `took longer than ${timeoutSeconds} s`
        : code === null
          ? `was ended by ${signal}`
          : `ended with code ${code}`;
      reject(new Problem([`"${shown}" ${why}`, output.trimEnd()].filter(Boolean).join("\n")));
    });
  });
}

/** What a program prints, trimmed, or `undefined` when it cannot be run or fails. */
export function output(program, args, { env = process.env } = {}) {
  const { status, stdout } = spawnSync(program, args, { cwd: ROOT, env, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Where a program is on PATH, or `undefined`. */
export function which(program, env = process.env) {
  return (env.PATH ?? "")
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find(existsSync);
}

/** Does one named piece of work, with one line at its start and one with its duration at its end. */
export async function step(title, work) {
  const started = performance.now();
  console.log(`${dim("·")} ${title}`);
  const result = await work();
  console.log(`${green("✓")} ${title} ${dim(`(${seconds(performance.now() - started)})`)}`);
  return result;
}

/** Runs a script's body: a {@link Problem} is shown as text, and any failure ends the process with code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(`\n${red("✗")} ${error instanceof Problem ? error.message : error.stack}`);
    process.exit(1);
  }
}

/** Whether this module is the script that node was asked to run. */
export const isMain = (url) => process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];

/** A duration in milliseconds, for people. */
export function seconds(milliseconds) {
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const whole = Math.round(milliseconds / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const colour = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
export const green = colour(32);
export const red = colour(31);
export const bold = colour(1);
export const dim = colour(2);
