// The extension's decisions, without a gateway and without a messenger.

import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pieces } from "../src/agent.js";
import { channelPlugin, inbound } from "../src/channel.js";
import { trusted } from "../src/contract.js";
import { identity } from "../src/identity.js";
import { LINE_CHARACTERS_MAX, Lines } from "../src/lines.js";
import { writeModel } from "../src/model.js";
import { RestartPolicy, STEADY_MS, isDeadInvite, isFatal, isOver, joinPause } from "../src/policy.js";
import { Book } from "../src/record.js";
import { messengerEnv, placeholders, takesLive } from "../src/variables.js";

const scratch = () => mkdtemp(path.join(tmpdir(), "convos-extension-"));

test("lines are cut at their ends, whatever the chunks", () => {
  const [objects, others] = [[], []];
  const lines = new Lines((one) => objects.push(one), (one) => others.push(one));
  const bytes = Buffer.from('{"event":"a","text":"Grüße 👋"}\nnot json\n[1]\n\n{"event":"b"}\n{"event":');
  for (const byte of bytes) lines.push(Buffer.from([byte]));
  assert.deepEqual(objects, [{ event: "a", text: "Grüße 👋" }, { event: "b" }]);
  assert.deepEqual(others, ["not json", "[1]"]);
});

test("a line without an end does not fill the memory, and the next one counts again", () => {
  const objects = [];
  const lines = new Lines((one) => objects.push(one));
  for (let sent = 0; sent <= LINE_CHARACTERS_MAX; sent += 65536) lines.push(Buffer.alloc(65536, "x"));
  lines.push(Buffer.from('x\n{"event":"after"}\n'));
  assert.deepEqual(objects, [{ event: "after" }]);
});

test("five quick crashes in a row are healed with growing pauses, the sixth is not", () => {
  const policy = new RestartPolicy();
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(() => policy.crashed(10)), [2000, 4000, 6000, 8000, 10000, null]);
  assert.equal(policy.crashed(STEADY_MS), 2000);
});

test("words that no restart can mend are known", () => {
  for (const words of ["Error: Conversation not found: abc", "No identity found. Create one", "Identity not found"]) {
    assert.ok(isFatal(words), words);
  }
  assert.ok(isOver("Conversation not found: abc") && !isOver("No identity found"));
  assert.ok(!isFatal("Message stream ended: network"));
  assert.ok(isDeadInvite("Invite has expired") && !isDeadInvite("fetch failed"));
  assert.deepEqual([1, 2, 8, 100].map(joinPause), [15_000, 30_000, 120_000, 120_000]);
});

test("the identity file holds the claim's words as they are", () => {
  const text = identity({ profileName: "Ada", instructions: " Be kind.\n\nAlways. ", metadata: { team: "x" } });
  assert.match(text, /^# Ada\n/);
  assert.match(text, /## Instructions\n\nBe kind\.\n\nAlways\.\n/);
  assert.match(text, /- team: x/);
  assert.doesNotMatch(identity({ profileName: "Ada" }), /Instructions/);
});

test("the claim's model is written once, and taken back when a claim names none", async () => {
  const file = path.join(await scratch(), "openclaw.json");
  await writeFile(file, JSON.stringify({ agents: { defaults: { model: { primary: "${OPENCLAW_PRIMARY_MODEL}", fallbacks: ["x"] } } } }));
  const model = async () => JSON.parse(await readFile(file, "utf8")).agents.defaults.model;
  assert.equal(await writeModel(file, undefined), false);
  assert.equal(await writeModel(file, "vendor/two"), true);
  assert.deepEqual(await model(), { primary: "openrouter/vendor/two", fallbacks: ["x"] });
  assert.equal(await writeModel(file, "openrouter/vendor/two"), false);
  assert.equal(await writeModel(file, undefined), true);
  assert.equal((await model()).primary, "${OPENCLAW_PRIMARY_MODEL}");
});

test("a damaged record is an error and stays where it is", async () => {
  const file = path.join(await scratch(), "sub", "conversation.json");
  const book = new Book(file);
  assert.equal(await book.load(), null);
  await book.save({ phase: "bound" });
  assert.deepEqual(await book.load(), { phase: "bound" });
  await writeFile(file, "{");
  await assert.rejects(book.load(), /read .*conversation\.json/);
  await book.save(null);
  assert.equal(await book.load(), null);
});

test("the messenger gets none of the agent's keys", () => {
  const env = { PATH: "/bin", OPENROUTER_API_KEY: "k", PRIVATE_WALLET_KEY: "k", INSTANCE_SERVICES_TOKEN: "k", OPENCLAW_GATEWAY_TOKEN: "k", XMTP_ENV: "production" };
  assert.deepEqual(messengerEnv(env, "/data/openclaw"), { PATH: "/bin", CONVOS_ENV: "production", CONVOS_HOME: "/data/convos" });
});

test("only variables that nobody read at the start are taken over live", () => {
  const live = takesLive(placeholders('{"a":"${OPENROUTER_API_KEY}","b":"$${LITERAL}"}'));
  assert.ok(live(["AGENTMAIL_INBOX_ID", "LITERAL"]));
  for (const name of ["OPENROUTER_API_KEY", "OPENCLAW_PRIMARY_MODEL", "XMTP_ENV"]) assert.ok(!live(["A", name]), name);
});

test("only the whole token is trusted, and none when there is none", () => {
  assert.ok(trusted("Bearer secret-token", "secret-token"));
  for (const header of [undefined, "", "Bearer ", "Bearer secret-toke", "Bearer secret-tokenx", "Basic secret-token"]) {
    assert.ok(!trusted(header, "secret-token"), header);
  }
  assert.ok(!trusted("Bearer undefined", undefined) && !trusted("Bearer ", ""));
});

test("long texts go in pieces that lose nothing and split no character", () => {
  assert.deepEqual(pieces("  "), []);
  assert.deepEqual(pieces("one two", 4), ["one", "two"]);
  const text = "👋".repeat(50);
  const cut = pieces(text, 7);
  assert.equal(cut.join(""), text);
  assert.ok(cut.every((piece) => piece.length <= 7 && !/[\uD800-\uDBFF]$/.test(piece)));
});

test("what is said is dispatched with its speaker, and never as an operator", async () => {
  const said = [];
  const agent = { say: async (text) => said.push(text), attach: async (file) => said.push(file) };
  const event = { id: "m1", senderInboxId: "beef", senderProfile: { name: "Bob" }, content: "/restart", sentAt: "2026-01-01T00:00:00.000Z" };
  const turn = inbound({ cfg: {}, event, conversationId: "c1", agent, log: console });
  assert.equal(turn.bodyForAgent, "Bob: /restart");
  assert.equal(turn.commandAuthorized, false);
  assert.deepEqual(turn.peer, { kind: "direct", id: "c1" });
  await turn.deliver({ text: "hello", mediaUrls: ["/tmp/a.png"] });
  await turn.deliver({ text: "  " });
  assert.deepEqual(said, ["/tmp/a.png", "hello"]);
});

test("the channel is up without a conversation, until the gateway stops it", async () => {
  const seen = [];
  const plugin = channelPlugin({ agent: () => null, onStart: async () => seen.push("start"), onStop: async () => seen.push("stop") });
  const abort = new AbortController();
  const running = plugin.gateway.startAccount({ abortSignal: abort.signal, setStatus: (status) => seen.push(status.connected) });
  setImmediate(() => abort.abort());
  await running;
  assert.deepEqual(seen, ["start", true, "stop", false]);
});
