// One-shot calls of the `convos` command line.

import { execFile } from "node:child_process";

const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;

/** A call that did not work; `words` is what the command said last. */
export class CliError extends Error {
  constructor(call, words, cause) {
    super(`convos ${call}: ${words || "no reason given"}`, { cause });
    this.words = words;
  }
}

/** Runs a call with `--json` and gives its answer. */
export function run(args, { command = "convos", env, timeoutMs }) {
  const call = args.slice(0, 2).join(" ");
  return new Promise((resolve, reject) => {
    execFile(command, [...args, "--json"], { env, timeout: timeoutMs, maxBuffer: OUTPUT_BYTES_MAX }, (error, stdout, stderr) => {
      const words = `${stderr}`.trim().split("\n").at(-1) ?? "";
      if (error) return reject(new CliError(call, words.slice(0, 300), error));
      try {
        resolve(JSON.parse(stdout));
      } catch (cause) {
        reject(new CliError(call, "its answer is no JSON", cause));
      }
    });
  });
}
