// The conversation's life, with real processes: the stand-in for the messenger's command line.

import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConvosAgent } from "../src/agent.js";
import { contract } from "../src/contract.js";
import { Book } from "../src/record.js";

const STAND_IN = fileURLToPath(new URL("../../../test/stand-in/convos.cjs", import.meta.url));
const TOKEN = "a-gateway-token-of-the-tests";

async function until(what, check) {
  for (const since = Date.now(); Date.now() - since < 120_000; ) {
    const found = await check();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}

class Site {
  static async make() {
    const site = new Site();
    site.folder = await mkdtemp(path.join(tmpdir(), "convos-agent-"));
    site.home = path.join(site.folder, "home");
    site.command = path.join(site.folder, "convos");
    await symlink(STAND_IN, site.command);
    return site;
  }

  async agent(waits) {
    this.became = [];
    this.heard = [];
    this.logged = [];
    const note = (text) => this.logged.push(text);
    const agent = new ConvosAgent({
      book: new Book(path.join(this.folder, "conversation.json")),
      become: async (profile) => this.became.push(profile.profileName),
      env: () => ({ PATH: process.env.PATH, CONVOS_HOME: this.home }),
      log: { info: note, warn: note, error: note },
      onMessage: (event) => this.heard.push(event.content),
      program: this.command,
      ...(waits ? { waits } : {}),
    });
    await agent.start();
    return agent;
  }

  async lines(name) {
    const text = await readFile(path.join(this.home, name), "utf8").catch(() => "");
    return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  wish(word) {
    return writeFile(path.join(this.home, "wish"), word);
  }
}

const ada = { profileName: "Ada", instructions: "Be kind." };

test("a conversation is made once, speaks both ways, and is attached to again after a restart", async () => {
  const site = await Site.make();
  const agent = await site.agent();
  assert.equal(agent.status().clean, true);
  const [one, same] = await Promise.all([agent.create(ada), agent.create(ada)]);
  assert.deepEqual(one, same);
  assert.equal(agent.status().inviteUrl, one.inviteUrl);
  await assert.rejects(agent.create(ada), { status: 409 });

  await appendFile(path.join(site.home, "inbox"), `${JSON.stringify({ event: "message", id: "1", content: "hello" })}\n`);
  await until("the message arrives", () => site.heard.includes("hello"));
  assert.ok(await agent.say("hi"));
  await assert.rejects(agent.say("break"), /broken/);

  await agent.configure({ ...ada, profileName: "Grace" });
  await agent.stop();
  const next = await site.agent();
  await until("it runs again", async () => (await site.lines("starts")).length === 2);
  assert.equal(next.status().conversationId, one.conversationId);
  const [first, second] = await site.lines("starts");
  assert.deepEqual(first.args, ["agent", "serve", "--name", "Ada", "--permissions", "all-members", "--profile-name", "Ada"]);
  assert.deepEqual(second.args, ["agent", "serve", one.conversationId, "--profile-name", "Grace"]);
  assert.deepEqual((await site.lines("heard")).map((command) => command.type), ["send", "send", "update-profile"]);
  await next.stop();
});

test("a claim's picture and metadata are seen in the conversation, whether it was made or joined", async () => {
  const adorned = { ...ada, profileImage: "https://example.org/ada.png", metadata: { instanceId: "abc123" } };
  const shown = async (site, count) =>
    until("it is shown", async () => {
      const told = (await site.lines("heard")).filter((command) => command.type === "update-profile");
      return told.length === count && told.map(({ type, ...part }) => part);
    });
  const made = await Site.make();
  const maker = await made.agent();
  await maker.create(adorned);
  assert.deepEqual(await shown(made, 2), [{ metadata: adorned.metadata }, { image: adorned.profileImage }]);
  await maker.configure({ ...adorned, profileName: "Grace" });
  assert.deepEqual((await shown(made, 3)).at(-1), { name: "Grace" });
  await maker.stop();

  const joined = await Site.make();
  const guest = await joined.agent();
  await guest.join("https://dev.convos.org/v2?i=theirs", adorned);
  // The way in took name and metadata along already.
  assert.deepEqual(await shown(joined, 1), [{ image: adorned.profileImage }]);
  await guest.stop();
});

test("an agent that was removed, or that is left alone, has ended", async () => {
  const own = "1b0c".repeat(16);
  const gone = (content) => `${JSON.stringify({ event: "message", id: content, contentType: { typeId: "group_updated" }, content })}\n`;
  for (const [members, ends] of [
    [["beef"], true],
    [[own.toUpperCase()], true],
    [[own, "beef"], false],
    [[], false],
  ]) {
    const site = await Site.make();
    const agent = await site.agent();
    await agent.create(ada);
    await writeFile(path.join(site.home, "members"), JSON.stringify(members));
    await appendFile(path.join(site.home, "inbox"), gone("Grace removed somebody"));
    if (ends) {
      await until("it has ended", () => agent.status().ended);
    } else {
      await until("it was told", () => site.heard.length === 1);
      await until("it asked", async () => (await site.lines("asked")).length === 1);
      assert.equal(agent.status().ended, false);
    }
    await agent.stop();
  }
});

test("a messenger that dies before it is ready leaves a conversation that the next call finds", async () => {
  const site = await Site.make();
  const agent = await site.agent();
  await agent.stop();
  await mkdir(site.home, { recursive: true });
  await site.wish("die");
  await assert.rejects(agent.create(ada));
  assert.deepEqual({ ...agent.status() }, { conversationId: null, inviteUrl: null, inboxId: null, pending: false, clean: false, ended: false });
  const next = await site.agent();
  const made = await next.create(ada);
  const all = JSON.parse(await readFile(path.join(site.home, "conversations.json"), "utf8"));
  assert.deepEqual(all.map((one) => one.conversationId), [made.conversationId]);
  await next.stop();
});

test("a creation that took too long goes on in the same process when it is asked for again", async () => {
  const site = await Site.make();
  const agent = await site.agent({ createMs: 300 });
  await mkdir(site.home, { recursive: true });
  await site.wish("slow");
  await assert.rejects(agent.create(ada), /in time/);
  await writeFile(path.join(site.home, "go"), "");
  const made = await until("it is made", () => agent.create(ada).catch(() => null));
  assert.equal((await site.lines("starts")).length, 1, "nobody answers beside it");
  assert.equal(agent.status().conversationId, made.conversationId);
  await agent.stop();
});

test("an agent whose messenger was given up does not pass for well", async () => {
  const site = await Site.make();
  const agent = await site.agent();
  await agent.create(ada);
  await agent.stop();
  await site.wish("lost");
  const next = await site.agent();
  await until("it has no status", () => {
    try {
      return !next.status();
    } catch (error) {
      return error.status === 503;
    }
  });
  const healed = await site.agent();
  assert.equal(healed.status().ended, false, "a new start finds the conversation");
  await healed.stop();
});

test("a conversation that is gone is not started again, and the agent says that it is over", async () => {
  const site = await Site.make();
  const agent = await site.agent();
  await agent.create(ada);
  await agent.stop();
  await site.wish("gone");
  const next = await site.agent();
  await until("it is over", () => next.status().ended);
  assert.equal((await site.lines("starts")).length, 1);
  assert.equal((await site.agent()).status().ended, true, "after a restart, too");
});

test("an exploded conversation is over", async () => {
  const site = await Site.make();
  const agent = await site.agent();
  await agent.create(ada);
  await agent.command({ type: "explode" });
  await until("it is over", () => agent.status().ended);
});

test("joins end in a conversation, a wait or a refusal", async () => {
  const [joined, waiting, refused] = [await Site.make(), await Site.make(), await Site.make()];
  const one = await joined.agent();
  const answer = await one.join("https://dev.convos.org/v2?i=open", ada);
  assert.equal(answer.status, "joined");
  assert.equal(one.status().conversationId, answer.conversationId);
  await assert.rejects(one.join("https://dev.convos.org/v2?i=open", ada), { status: 409 });
  await one.stop();

  const other = await waiting.agent();
  assert.deepEqual(await other.join("https://dev.convos.org/v2?i=pending", ada), { status: "pending_acceptance" });
  assert.equal(other.status().pending, true);
  await other.stop();
  assert.equal((await waiting.agent()).status().pending, true, "after a restart, too");

  const third = await refused.agent();
  await assert.rejects(third.join("https://dev.convos.org/v2?i=refuse", ada), { status: 422 });
  assert.equal(third.status().clean, true);
});

test("a join whose outcome nobody saw is tried again until it is in", async () => {
  const site = await Site.make();
  const agent = await site.agent({ joinPause: () => 20 });
  assert.deepEqual(await agent.join("https://dev.convos.org/v2?i=broken", ada), { status: "pending_acceptance" });
  assert.equal(agent.status().pending, true);
  await writeFile(path.join(site.home, "let-in"), "");
  await until("it is in", () => agent.status().conversationId);
  await agent.stop();
});

test("the inner contract wants the token and answers in its own words", async () => {
  const site = await Site.make();
  const agent = await site.agent();
  const handler = contract({ agent, token: () => TOKEN, live: (names) => !names.includes("READ_ONCE"), notify: async (text) => site.heard.push(text), log: { error: (text) => site.logged.push(text) } });
  const server = createServer(handler).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  const call = async (method, route, body, token = TOKEN) => {
    const answer = await fetch(base + route, { method, body: body && (typeof body === "string" ? body : JSON.stringify(body)), headers: { authorization: `Bearer ${token}` } });
    return [answer.status, await answer.json()];
  };
  try {
    assert.equal((await call("GET", "/convos/status", undefined, "wrong"))[0], 401);
    assert.deepEqual((await call("GET", "/convos/status"))[1].clean, true);
    assert.equal((await call("POST", "/convos/status"))[0], 405);
    assert.equal((await call("POST", "/convos/else"))[0], 404);
    assert.equal((await call("POST", "/convos/conversation", "{"))[0], 400);
    assert.equal((await call("POST", "/convos/conversation", { name: "Ada" }))[0], 400);
    assert.equal((await call("POST", "/convos/configure", ada))[0], 400);
    assert.equal((await call("POST", "/convos/lock", {}))[0], 400);
    const [status, made] = await call("POST", "/convos/conversation", { name: "Ada", ...ada });
    assert.equal(status, 200);
    assert.match(made.inviteUrl, /^https:/);
    assert.equal((await call("POST", "/convos/conversation", ada))[0], 409);
    assert.deepEqual(await call("POST", "/convos/env", { variables: { LIVE_ONE: "x" } }), [200, { ok: true }]);
    assert.equal(process.env.LIVE_ONE, "x");
    assert.equal((await call("POST", "/convos/env", { variables: { READ_ONCE: "x", OTHER: "y" } }))[0], 404);
    assert.equal(process.env.OTHER, undefined);
    assert.equal((await call("POST", "/convos/notify", { text: "Mail from Bob" }))[0], 200);
    assert.equal((await call("POST", "/convos/lock", {}))[0], 200);
    assert.equal((await call("POST", "/convos/conversation/send", { message: "hi" }))[0], 200);
    assert.deepEqual(site.heard, ["Mail from Bob"]);
  } finally {
    delete process.env.LIVE_ONE;
    server.close();
    server.closeAllConnections();
    await agent.stop();
  }
});
