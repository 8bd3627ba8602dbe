// The one conversation of this container, from nothing to its end.
//
// Guarantees:
// - The intent is on the volume before the messenger is asked, so that a crash in between leads to a look, not to a
//   second conversation.
// - At most one `convos agent serve` at a time, always attached to the recorded conversation.
// - An agent that cannot speak any more does not answer for its status, so that the fleet heals it.

import { AsyncResource } from "node:async_hooks";
import { run } from "./cli.js";
import { isDeadInvite, isDeparture, joinPause } from "./policy.js";
import { Serve } from "./serve.js";

/** The front gives up after 60 s; the answer has to be on its way before that. */
const CREATE_TIMEOUT_MS = 55_000;
/** How long the command line waits to be let in, within the front's 70 s. */
const JOIN_WAIT_SECONDS = 45;
const CLI_TIMEOUT_MS = 60_000;
/** A pending join is given up after so many tries: about a day. */
const JOIN_ATTEMPTS_MAX = 700;
const MESSAGE_CHARACTERS_MAX = 8_000;

/** A refusal with the status that the inner contract has for it. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class ConvosAgent {
  #context = new AsyncResource("convos");
  #serve = null;
  #creating = null;
  /** Why the messenger's process was given up, once it was. */
  #lost = null;
  #timers = new Set();
  #stopped = false;

  /**
   * @param {object} deps
   * @param {import("./record.js").Book} deps.book
   * @param {(profile: object) => Promise<void>} deps.become  makes the gateway's agent who the profile says
   * @param {() => object} deps.env        the messenger's environment, asked at each start
   * @param {(message: object) => void} deps.onMessage
   * @param {object} [deps.waits]          of a creation, and before the nth try of a join
   */
  constructor({ book, become, env, log, onMessage = () => {}, program = "convos", waits = { createMs: CREATE_TIMEOUT_MS, joinPause } }) {
    Object.assign(this, { book, become, env, log, onMessage, program, waits });
    this.record = null;
  }

  /**
   * Goes on where the last life of the container stopped. Called by the gateway as it starts the channel: what the
   * messenger says later is worked on in this context, not in that of the request that made the conversation. The
   * gateway takes no new work in the context of a request that is over.
   */
  async start() {
    this.#context = new AsyncResource("convos");
    this.#stopped = false;
    this.record = await this.book.load();
    switch (this.record?.phase) {
      case "bound":
        this.#schedule();
        return this.#attach();
      case "joining":
        return this.#joinLater(1);
      default:
    }
  }

  async stop() {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#serve?.stop();
  }

  status() {
    if (this.#lost && this.record?.phase === "bound") throw new Refusal(503, `the messenger cannot be kept alive: ${this.#lost}`);
    const { phase, conversationId = null, inviteUrl = null, inboxId = null } = this.record ?? {};
    return {
      conversationId,
      inviteUrl,
      inboxId,
      pending: phase === "joining",
      clean: this.record === null,
      ended: phase === "ended",
    };
  }

  /** Makes a conversation. Asked again after a lost answer, it goes on with the one that it finds. */
  create(profile) {
    this.#creating ??= this.#create(profile).finally(() => {
      this.#creating = null;
    });
    return this.#creating;
  }

  async #create(profile) {
    const unfinished = this.record?.phase === "creating";
    if (this.record && !unfinished) throw new Refusal(409, "this agent has a conversation");
    await this.#keep({ phase: "creating", profile });
    await this.become(profile);
    // The process of an attempt that took too long may still be at it: a second one would answer beside it.
    const underWay = unfinished && this.#serve?.running ? this.#serve : null;
    const serve = underWay ?? this.#run(unfinished ? await this.#existing() : null);
    const event = await within(serve.ready, this.waits.createMs, "the messenger did not make a conversation in time");
    await this.#bound(event);
    this.#show(["metadata", "image"]);
    return { conversationId: event.conversationId, inviteUrl: event.inviteUrl ?? null };
  }

  /** The conversation of an attempt whose end nobody saw. A new container has an empty home, so it can only be that. */
  async #existing() {
    const all = await this.#cli(["conversations", "list", "--sync"]);
    return Array.isArray(all) ? (all[0]?.conversationId ?? null) : null;
  }

  /** Asks to be let into a conversation of somebody else's. */
  async join(joinUrl, profile) {
    if (this.record) throw new Refusal(409, "this agent has a conversation");
    await this.#keep({ phase: "joining", profile, joinUrl });
    await this.become(profile);
    let answer;
    try {
      answer = await this.#askToJoin();
    } catch (error) {
      if (isDeadInvite(error.words ?? "")) {
        await this.#keep(null);
        throw new Refusal(422, error.words);
      }
      // The request may have gone out, and the network comes back: the next try finds out.
      this.log.warn(`join: ${error.message}`);
    }
    if (answer?.status === "joined") return { status: "joined", conversationId: answer.conversationId };
    this.#joinLater(1);
    return { status: "pending_acceptance" };
  }

  async #askToJoin() {
    const { joinUrl, profile } = this.record;
    const args = ["conversations", "join", joinUrl, "--timeout", String(JOIN_WAIT_SECONDS), "--profile-name", profile.profileName];
    for (const [name, value] of Object.entries(profile.metadata ?? {})) args.push("--metadata", `${name}=${value}`);
    const answer = await this.#cli(args);
    if (answer.status === "joined") {
      await this.#keep({ ...this.record, phase: "bound", conversationId: answer.conversationId, inboxId: answer.inboxId });
      this.#attach(["image"]);
    }
    return answer;
  }

  async #tryJoin(attempt) {
    if (this.record?.phase !== "joining" || this.#stopped) return;
    try {
      if ((await this.#askToJoin()).status === "joined") return;
    } catch (error) {
      this.log.warn(`join: ${error.message}`);
      // Neither pending nor with a conversation is how the fleet learns that it did not work.
      if (isDeadInvite(error.words ?? "")) return this.#over("the invitation is void");
    }
    if (attempt >= JOIN_ATTEMPTS_MAX) return this.#over("nobody let the agent in");
    this.#joinLater(attempt + 1);
  }

  #joinLater(attempt) {
    this.#later(this.waits.joinPause(attempt), () => this.#tryJoin(attempt));
  }

  /** Changes who the agent is, in place. */
  async configure(profile) {
    if (!this.record) throw new Refusal(400, "there is no active conversation");
    const before = this.record.profile;
    await this.#keep({ ...this.record, profile });
    await this.become(profile);
    const changed = (field) => JSON.stringify(before[field] ?? null) !== JSON.stringify(profile[field] ?? null);
    await this.#show([
      ...(changed("profileName") ? ["name"] : []),
      ...(changed("metadata") ? ["metadata"] : []),
      ...(changed("profileImage") ? ["image"] : []),
    ]);
  }

  /**
   * Puts parts of the profile where the conversation's people see them. Decoration: the agent is who it shall be without.
   * One command a part, since a picture that cannot be uploaded must not take the rest along.
   */
  async #show(parts) {
    const { profileName, profileImage, metadata } = this.record?.profile ?? {};
    const values = { name: profileName, image: profileImage, metadata: Object.keys(metadata ?? {}).length ? metadata : undefined };
    for (const part of parts.filter((one) => values[one] !== undefined)) {
      if (!this.#serve?.running) return;
      await this.#serve.send({ type: "update-profile", [part]: values[part] }).catch((error) => this.log.warn(`update-profile: ${error.message}`));
    }
  }

  /** Says something in the conversation; long texts go in pieces. Gives the last message's id. */
  async say(text, replyTo) {
    let id;
    for (const piece of pieces(text)) {
      const command = { type: "send", text: piece };
      if (replyTo && id === undefined) command.replyTo = replyTo;
      id = (await this.#must().send(command)).id;
    }
    return id;
  }

  attach(file) {
    return this.#must().send({ type: "attach", file });
  }

  command(command) {
    return this.#must().send(command);
  }

  #must() {
    if (!this.#serve?.running) throw new Refusal(400, "there is no active conversation");
    return this.#serve;
  }

  #attach(shows = []) {
    const serve = this.#run(this.record.conversationId);
    serve.ready
      .then((event) => this.#bound(event))
      .then(() => this.#show(shows))
      .catch(() => {});
  }

  #run(conversationId) {
    const { profile } = this.record;
    this.#lost = null;
    this.#serve = new Serve({
      command: this.program,
      env: this.env,
      log: this.log,
      conversationId,
      arguments: (id) => [
        "agent",
        "serve",
        ...(id ? [id] : ["--name", profile.profileName, "--permissions", "all-members"]),
        "--profile-name",
        (this.record?.profile ?? profile).profileName,
      ],
      onEvent: (event) => this.#take(event),
      onEnd: ({ why, words }) => {
        this.log.error(`the messenger will not be started again (${why}): ${words}`);
        if (why === "over") return this.#over(words);
        this.#lost = words;
      },
    });
    this.#context.runInAsyncScope(() => this.#serve.start());
    return this.#serve;
  }

  async #bound(event) {
    const kept = { ...this.record, phase: "bound", conversationId: event.conversationId };
    kept.inviteUrl = event.inviteUrl ?? kept.inviteUrl ?? kept.joinUrl;
    kept.inboxId = event.inboxId ?? kept.inboxId;
    await this.#keep(kept);
  }

  #take(event) {
    switch (event.event) {
      case "message":
        if (isDeparture(event)) this.#countMembers();
        this.onMessage(event);
        break;
      case "explode_notice":
        this.#endsAt(event.expiresAt);
        break;
      case "sent":
        if (event.type === "explode") this.#endsAt(event.expiresAt);
        break;
      case "error":
        this.log.warn(`convos: ${event.message}`);
        break;
      default:
    }
  }

  /** Somebody went. Without the agent, or with nobody but the agent, there is no conversation left to serve. */
  #countMembers() {
    const { conversationId, inboxId } = this.record ?? {};
    if (!inboxId) return;
    const own = (member) => String(member.inboxId).toLowerCase() === inboxId.toLowerCase();
    this.#cli(["conversation", "members", conversationId])
      .then((members) => {
        // An answer that cannot be read says nothing about anybody.
        if (!Array.isArray(members) || !members.length || !members.every((member) => member?.inboxId)) return;
        if (!members.some(own)) return this.#over("the agent was removed from it");
        if (members.every(own)) return this.#over("everybody else has left it");
      })
      .catch((error) => this.log.warn(`members: ${error.message}`));
  }

  #endsAt(text) {
    const at = new Date(text);
    if (Number.isNaN(at.getTime()) || this.record?.phase !== "bound") return;
    this.#keep({ ...this.record, endsAt: at.toISOString() })
      .then(() => this.#schedule())
      .catch((error) => this.log.error(`keep the end: ${error.message}`));
  }

  #schedule() {
    if (!this.record.endsAt) return;
    // A timer holds no more than 24 days; the end is looked at again then.
    const wait = Math.min(new Date(this.record.endsAt) - Date.now(), 2 ** 31 - 1);
    if (wait <= 0) return void this.#over("the conversation was ended");
    this.#later(wait, () => this.#schedule());
  }

  async #over(why) {
    if (!this.record || this.record.phase === "ended") return;
    this.log.info(`the conversation is over: ${why}`);
    await this.#keep({ ...this.record, phase: "ended" });
    await this.#serve?.stop();
  }

  async #keep(record) {
    await this.book.save(record);
    this.record = record;
  }

  #cli(args) {
    return run(args, { command: this.program, env: this.env(), timeoutMs: CLI_TIMEOUT_MS });
  }

  #later(ms, work) {
    const timer = this.#context.runInAsyncScope(() =>
      setTimeout(() => {
        this.#timers.delete(timer);
        Promise.resolve(work()).catch((error) => this.log.error(error.message));
      }, ms),
    );
    timer.unref();
    this.#timers.add(timer);
  }
}

/** Cuts at line ends where it can. */
export function pieces(text, limit = MESSAGE_CHARACTERS_MAX) {
  const found = [];
  let rest = text.trim();
  while (rest.length > limit) {
    const line = rest.lastIndexOf("\n", limit);
    const space = rest.lastIndexOf(" ", limit);
    let cut = line > limit / 2 ? line : space > limit / 2 ? space : limit;
    // Never between the halves of one character.
    if (/[\uD800-\uDBFF]/.test(rest[cut - 1])) cut -= 1;
    found.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  if (rest) found.push(rest);
  return found;
}

function within(promise, ms, message) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
