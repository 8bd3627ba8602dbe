// One `convos agent serve` process, kept alive: events out, commands in.

import { spawn } from "node:child_process";
import { Lines } from "./lines.js";
import { RestartPolicy, isFatal, isOver } from "./policy.js";

/** How long a command may take until the messenger confirms it. */
const COMMAND_TIMEOUT_MS = 30_000;
/** From the polite end to the hard one. */
const STOP_GRACE_MS = 3_000;
/** Characters of what the process said last, kept to explain its end. */
const LAST_WORDS_MAX = 2_000;

/**
 * @param {object} options
 * @param {(conversationId: string|null) => string[]} options.arguments  of a life, by the conversation it attaches to
 * @param {(event: object) => void} options.onEvent   everything but confirmations of commands
 * @param {(end: {why: "over"|"fatal"|"given_up", words: string}) => void} options.onEnd  it will not be started again
 */
export class Serve {
  #child = null;
  #pending = [];
  #policy = new RestartPolicy();
  #lastWords = "";
  #stopped = false;
  #timer = null;

  constructor({ command = "convos", env, log, onEvent, onEnd, arguments: argumentsOf, conversationId = null }) {
    Object.assign(this, { command, env, log, onEvent, onEnd, argumentsOf, conversationId });
    this.ready = new Promise((resolve, reject) => Object.assign(this, { resolveReady: resolve, rejectReady: reject }));
    this.ready.catch(() => {});
  }

  get running() {
    return this.#child !== null;
  }

  start() {
    const started = Date.now();
    this.#lastWords = "";
    const child = spawn(this.command, this.argumentsOf(this.conversationId), {
      env: this.env(),
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    const lines = new Lines(
      (event) => this.#take(event),
      (line) => this.log.info(`convos | ${line}`),
    );
    child.stdout.on("data", (chunk) => lines.push(chunk));
    child.stderr.on("data", (chunk) => {
      this.#lastWords = (this.#lastWords + chunk).slice(-LAST_WORDS_MAX);
    });
    // The process may be gone before it read everything.
    child.stdin.on("error", () => {});
    let over = false;
    const end = (how) => {
      if (over) return;
      over = true;
      this.#child = null;
      this.#failPending(new Error(`the messenger's process ended (${how})`));
      this.#after(how, Date.now() - started);
    };
    child.on("error", (error) => end(error.message));
    child.on("close", (code, signal) => end(signal ?? `exit ${code}`));
  }

  /** Sends a command and waits for its confirmation. */
  send(command) {
    const child = this.#child;
    if (!child) return Promise.reject(new Error("the messenger's process is not running"));
    return new Promise((resolve, reject) => {
      const entry = { type: command.type, resolve, reject };
      entry.timer = setTimeout(() => this.#settle(entry, "reject", new Error(`${command.type}: not confirmed in time`)), COMMAND_TIMEOUT_MS);
      entry.timer.unref();
      this.#pending.push(entry);
      child.stdin.write(`${JSON.stringify(command)}\n`);
    });
  }

  /** Ends it for good. */
  async stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    await new Promise((resolve) => {
      const hard = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
      child.once("close", () => {
        clearTimeout(hard);
        resolve();
      });
      child.kill("SIGTERM");
    });
  }

  #take(event) {
    switch (event.event) {
      case "ready":
        this.conversationId = event.conversationId ?? this.conversationId;
        this.resolveReady(event);
        this.onEvent(event);
        return;
      case "sent": {
        // The process works commands off one after the other, so the first that fits is the one.
        const type = event.type ?? "send";
        const entry = this.#pending.find((one) => one.type === type || (one.type === "attach" && type === "remote-attach"));
        if (entry) this.#settle(entry, "resolve", event);
        this.onEvent(event);
        return;
      }
      case "error": {
        this.#lastWords = (this.#lastWords + String(event.message ?? "")).slice(-LAST_WORDS_MAX);
        const type = event.command?.type ?? /^([a-z-]+) (?:command )?requires/.exec(event.message ?? "")?.[1];
        const entry = this.#pending.find((one) => one.type === type);
        if (entry) this.#settle(entry, "reject", new Error(String(event.message)));
        this.onEvent(event);
        return;
      }
      default:
        this.onEvent(event);
    }
  }

  #settle(entry, how, value) {
    const position = this.#pending.indexOf(entry);
    if (position < 0) return;
    this.#pending.splice(position, 1);
    clearTimeout(entry.timer);
    entry[how](value);
  }

  #failPending(error) {
    for (const entry of [...this.#pending]) this.#settle(entry, "reject", error);
  }

  #after(how, livedMs) {
    if (this.#stopped) return;
    const words = this.#lastWords.trim();
    const last = words.split("\n").at(-1) ?? "";
    if (isFatal(words)) return this.#finish(isOver(words) ? "over" : "fatal", last);
    // Before there is a conversation, starting again would make a second one: whoever asked decides.
    if (this.conversationId === null) return this.#finish("fatal", last || how);
    const pause = this.#policy.crashed(livedMs);
    if (pause === null) return this.#finish("given_up", last || how);
    this.log.warn(`the messenger's process ended after ${livedMs} ms (${how}); starting it again in ${pause} ms`);
    this.#timer = setTimeout(() => this.start(), pause);
  }

  #finish(why, words) {
    this.rejectReady(new Error(words || why));
    this.onEnd({ why, words });
  }
}
