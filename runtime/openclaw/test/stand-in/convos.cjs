#!/usr/bin/env node
// Plays the messenger's command line for the tests: the same arguments, the same lines of JSON, no network. It keeps
// its conversations in CONVOS_HOME as the real one does, and takes wishes from there:
//   wish        a word for the next start: `die` (end before ready), `gone` (the conversation is not found), `lost` (the
//               identity is not found), `slow` (ready once there is a file `go`)
//   inbox       events to emit, one JSON object a line; read as it grows
//   members     inbox ids of the conversation's members, as a JSON array
// A pending or broken join ends well once there is a file `let-in`. What it was told is kept in `heard`, one command a line.

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const home = process.env.CONVOS_HOME;
fs.mkdirSync(home, { recursive: true });
const file = (name) => path.join(home, name);
const text = (name) => (fs.existsSync(file(name)) ? fs.readFileSync(file(name), "utf8") : "");
const all = () => JSON.parse(text("conversations.json") || "[]");
const emit = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const args = process.argv.slice(2);
const flag = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const fail = (words) => {
  process.stderr.write(` ›   Error: ${words}\n`);
  process.exit(2);
};

function make(name) {
  const id = `c0ffee${String(all().length + 1).padStart(26, "0")}`;
  fs.writeFileSync(file("conversations.json"), JSON.stringify([...all(), { conversationId: id, name }]));
  return id;
}

async function serve() {
  const wish = text("wish").trim();
  fs.rmSync(file("wish"), { force: true });
  const given = args[2]?.startsWith("--") ? undefined : args[2];
  if (given && (wish === "gone" || !all().some((one) => one.conversationId === given))) fail(`Conversation not found: ${given}`);
  const id = given ?? make(flag("--name"));
  if (wish === "die") process.exit(1);
  if (wish === "lost") fail("No identity found");
  while (wish === "slow" && !fs.existsSync(file("go"))) await new Promise((resolve) => setTimeout(resolve, 10));
  fs.appendFileSync(file("starts"), `${JSON.stringify({ args, names: Object.keys(process.env).sort() })}\n`);
  process.stderr.write(`Invite URL: https://dev.convos.org/v2?i=${id}\n`);
  emit({ event: "ready", conversationId: id, inboxId: "1b0c".repeat(16), name: flag("--name") ?? "", inviteUrl: `https://dev.convos.org/v2?i=${id}`, timestamp: new Date().toISOString() });
  let count = 0;
  readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const command = JSON.parse(line);
    fs.appendFileSync(file("heard"), `${line}\n`);
    if (command.type === "stop") process.exit(0);
    if (command.text === "break") return emit({ event: "error", message: "Command failed: broken", command });
    count += 1;
    emit({ event: "sent", id: `m${count}`, ...(command.type === "send" ? { text: command.text } : { type: command.type }), ...(command.type === "explode" ? { expiresAt: new Date().toISOString() } : {}) });
    if (command.type === "explode") process.exit(0);
  }).on("close", () => process.exit(0));
  let read = text("inbox").length;
  setInterval(() => {
    const inbox = text("inbox");
    const end = inbox.lastIndexOf("\n") + 1;
    if (end <= read) return;
    process.stdout.write(inbox.slice(read, end));
    read = end;
  }, 20);
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
}

function join() {
  const url = args[2];
  if (url.includes("refuse")) fail("Invite has expired");
  if (url.includes("broken") && !fs.existsSync(file("let-in"))) fail("the network is down");
  if (url.includes("pending") && !fs.existsSync(file("let-in"))) return emit({ status: "timeout", inboxId: "1b0c" });
  emit({ status: "joined", conversationId: make("theirs"), inboxId: "1b0c".repeat(16) });
}

switch (args.slice(0, 2).join(" ")) {
  case "agent serve":
    serve();
    break;
  case "conversations join":
    join();
    break;
  case "conversation members":
    fs.appendFileSync(file("asked"), `${JSON.stringify(args)}\n`);
    emit(JSON.parse(text("members") || "[]").map((inboxId) => ({ inboxId })));
    break;
  case "conversations list":
    emit(all().length ? all() : { message: "No conversations found.", count: 0 });
    break;
  default:
    fail(`command ${args.slice(0, 2).join(" ")} not found`);
}
