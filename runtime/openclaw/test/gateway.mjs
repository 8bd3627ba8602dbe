// The whole of an agent with the real gateway: convos-runtime in front, OpenClaw behind it, stand-ins for the messenger
// and for OpenRouter, no network. Run by scripts/test-openclaw, which says where everything is:
//   RUNTIME_BIN   the convos-runtime to try
//   PACKAGES      a folder with node_modules of runtime/openclaw
//   NODE_FOLDER   a folder with the node that the gateway needs
// Prints what it saw as one JSON object; ends with 1 at the first thing that is not as it should be.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const { RUNTIME_BIN, PACKAGES, NODE_FOLDER } = process.env;
const FILES = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const TOKEN = "gt_a-gateway-token-of-the-tests";
const PATIENCE_MS = 300_000;

const scratch = await mkdtemp(path.join(tmpdir(), "openclaw-test-"));
const place = (...parts) => path.join(scratch, ...parts);
const report = { node: process.version };
let front;
const log = [];

async function until(what, check, limit = PATIENCE_MS) {
  const since = Date.now();
  while (Date.now() - since < limit) {
    assert.equal(front.exitCode, null, `the container ended while waiting: ${what}`);
    const found = await check();
    if (found) return { found, seconds: (Date.now() - since) / 1000 };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}`);
}

/** Plays OpenRouter, and keeps what it was asked. */
async function openRouter() {
  const asked = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    if (!request.url.endsWith("/chat/completions")) {
      response.setHeader("content-type", "application/json");
      return response.end('{"data":[]}');
    }
    const body = JSON.parse(text);
    asked.push({ key: request.headers.authorization, body: text, model: body.model });
    const words = "Hello from the model";
    const head = { id: "gen-1", created: 1, model: body.model };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    if (!body.stream) {
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify({ ...head, object: "chat.completion", choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: words } }], usage }));
    }
    const chunk = (delta, finish_reason, more = {}) =>
      response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }], ...more })}\n\n`);
    response.setHeader("content-type", "text/event-stream");
    chunk({ role: "assistant", content: words }, null);
    chunk({}, "stop", { usage });
    response.end("data: [DONE]\n\n");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { asked, server, url: `http://127.0.0.1:${server.address().port}/api/v1` };
}

async function startFront(model) {
  await mkdir(place("bin"), { recursive: true });
  await symlink(path.join(FILES, "test/stand-in/convos.cjs"), place("bin/convos"));
  await symlink(path.join(PACKAGES, "node_modules/openclaw/openclaw.mjs"), place("bin/openclaw"));
  await mkdir(place("home"));
  front = spawn(RUNTIME_BIN, {
    env: {
      PATH: [place("bin"), NODE_FOLDER, "/usr/bin", "/bin"].join(":"),
      HOME: place("home"),
      HOST: "127.0.0.1",
      PORT: "0",
      AGENT: "openclaw",
      AGENT_PORT: "0",
      AGENT_START_TIMEOUT: "5m",
      GATEWAY_TOKEN: TOKEN,
      OPENCLAW_GATEWAY_TOKEN: TOKEN,
      OPENCLAW_FILES: FILES,
      OPENCLAW_STATE_DIR: place("data/openclaw"),
      RAILWAY_VOLUME_MOUNT_PATH: place("data"),
      INSTANCE_ID: "abc123def456",
      OPENROUTER_API_KEY: "sk-or-v1-planted-key",
      OPENROUTER_API_URL: model.url,
      OPENCLAW_PRIMARY_MODEL: "openrouter/vendor/one",
      PRIVATE_WALLET_KEY: "0xplanted-wallet",
      XMTP_ENV: "dev",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [front.stdout, front.stderr]) stream.on("data", (chunk) => log.push(String(chunk)));
  const { found } = await until("it listens", () => /listening on (\S+)/.exec(log.join(""))?.[1], 10_000);
  return found;
}

const descendants = async (pid) => {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "")).trim().split(" ").filter(Boolean);
  return [...children.map(Number), ...(await Promise.all(children.map(descendants))).flat()];
};
const residentMb = async (pid) => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

async function main() {
  const model = await openRouter();
  const base = await startFront(model);
  const call = async (method, route, body, token = TOKEN) => {
    const answer = await fetch(base + route, { method, body: body && JSON.stringify(body), headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });
    const text = await answer.text();
    let json = null;
    try {
      json = JSON.parse(text);
    } catch {}
    return { status: answer.status, text, json };
  };
  const health = async () => (await call("GET", "/pool/health")).json;
  const ready = () => until("it is ready", async () => (await health()).ready);
  const version = JSON.parse(await readFile(path.join(PACKAGES, "node_modules/openclaw/package.json"), "utf8")).version;
  report.openclaw = version;

  assert.equal((await health()).ready, false);
  report.secondsToReady = (await ready()).seconds;
  const [gateway] = await descendants(front.pid);
  report.frontMb = await residentMb(front.pid);
  report.gatewayMb = await residentMb(gateway);

  const claim = { agentName: "Ada", instructions: "Answer like a planted-instruction.", model: "vendor/two", claimId: "claim-1" };
  const since = Date.now();
  const made = await call("POST", "/pool/provision", claim);
  report.provisionMs = Date.now() - since;
  assert.equal(made.status, 200, made.text);
  assert.match(made.json.inviteUrl, /^https:\/\/dev\.convos\.org\//);
  assert.deepEqual((await call("POST", "/pool/provision", claim)).json, made.json);
  assert.equal((await call("POST", "/pool/provision", { ...claim, claimId: "claim-2" })).status, 409);
  const status = (await call("GET", "/convos/status")).json;
  assert.equal(status.claimId, "claim-1");
  assert.equal(status.conversationId, made.json.conversationId);

  const messenger = (name) => place("data/convos", name);
  const say = (id, content) =>
    appendFile(messenger("inbox"), `${JSON.stringify({ event: "message", id, senderInboxId: "beef", senderProfile: { name: "Bob" }, content, sentAt: new Date().toISOString() })}\n`);
  const answers = async () => (await readFile(messenger("heard"), "utf8").catch(() => "")).split("\n").filter((line) => line.includes("Hello from the model")).length;
  await until("the claim's model is taken over", () => log.join("").includes("hot reload applied (agents.defaults.model.primary)"));
  await say("x1", "hello there");
  report.secondsToFirstAnswer = (await until("the message is answered", async () => (await answers()) === 1)).seconds;
  assert.equal(model.asked[0].model, "vendor/two");
  assert.equal(model.asked[0].key, "Bearer sk-or-v1-planted-key");
  assert.match(model.asked[0].body, /planted-instruction/);
  assert.match(model.asked[0].body, /Bob: hello there/);

  for (const route of ["/web-tools/", "/web-tools/page.js", "/web-tools/api/about", "/"]) {
    const page = await (await fetch(base + route)).text();
    for (const secret of [TOKEN, "planted", "claim-1"]) assert.ok(!page.includes(secret), `${route} shows ${secret}`);
  }
  const skills = (await call("GET", "/web-tools/api/about")).json.skills.map((skill) => skill.name);
  assert.deepEqual(skills, ["conversation", "services"]);
  report.webSocket = await handshake(base);
  assert.match(report.webSocket, / 101 /);

  const killed = Date.now();
  process.kill(gateway, "SIGKILL");
  await until("the crash shows", async () => !(await health()).ready);
  await ready();
  report.secondsToHeal = (Date.now() - killed) / 1000;
  assert.equal((await call("GET", "/convos/status")).json.conversationId, made.json.conversationId);
  await until("the messenger is attached again", async () => (await readFile(messenger("starts"), "utf8")).trim().split("\n").length === 2);
  const conversations = JSON.parse(await readFile(messenger("conversations.json"), "utf8"));
  assert.equal(conversations.length, 1, "a crash made no second conversation");
  await say("x2", "still there?");
  await until("it answers again", async () => (await answers()) === 2);

  assert.equal((await call("POST", "/convos/explode", {})).status, 200);
  await until("the end is told", async () => (await health()).ended === true);

  const all = await descendants(front.pid);
  const stopping = Date.now();
  front.kill("SIGTERM");
  const code = await new Promise((resolve) => front.once("exit", resolve));
  report.stopMs = Date.now() - stopping;
  assert.equal(code, 0);
  const left = [];
  for (const pid of all) if ((await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")) !== "") left.push(pid);
  assert.deepEqual(left, [], "nothing outlives the container");
  const text = log.join("");
  for (const secret of [TOKEN, "sk-or-v1-planted-key", "0xplanted-wallet"]) assert.ok(!text.includes(secret), `the log shows ${secret}`);
  model.server.close();
}

/** The first line that the gateway answers to a WebSocket's opening, through the front. */
function handshake(base) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`),
    );
    socket.once("data", (data) => {
      resolve(String(data).split("\r\n")[0]);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

try {
  await main();
  console.log(JSON.stringify(report, null, 2));
} catch (error) {
  console.error(log.join("").split("\n").slice(-80).join("\n"));
  console.error(JSON.stringify(report, null, 2));
  console.error(error);
  process.exitCode = 1;
} finally {
  if (front && front.exitCode === null && front.signalCode === null) {
    // The front takes its agent along, however it goes; a moment later nobody holds the files.
    front.kill("SIGTERM");
    await new Promise((resolve) => front.once("exit", resolve));
  }
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}
process.exit();
