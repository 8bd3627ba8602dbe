// The whole system on this machine: `convos-agents dev`, as `make dev` runs it, in a folder of its own.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const START_MILLISECONDS = 180_000;
const LOOK_MILLISECONDS = 200;
const LOG_SHOWN = 3_000;

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts the system and waits until its pool is at its target. */
export async function startSystem(...options) {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-e2e-"));
  const readyFile = join(folder, "ready.json");
  const log = join(folder, "dev.log");
  const output = openSync(log, "a");
  const child = spawn(
    join(TARGET, "debug", "convos-agents"),
    ["dev", "--port", "0", "--data-dir", join(folder, "data"), "--ready-file", readyFile, ...options],
    {
      cwd: ROOT,
      stdio: ["ignore", output, output],
      env: { ...process.env, DASHBOARD_DIR: join(ROOT, "dashboard", "dist") },
    },
  );
  let ended = false;
  child.on("exit", () => {
    ended = true;
  });
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    while (!ended) await pause(LOOK_MILLISECONDS);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + START_MILLISECONDS;
  while (!existsSync(readyFile)) {
    if (ended || Date.now() > until) {
      const said = readFileSync(log, "utf8").slice(-LOG_SHOWN);
      await stop();
      throw new Error(`the system did not start:\n${said}`);
    }
    await pause(LOOK_MILLISECONDS);
  }
  const ready = JSON.parse(readFileSync(readyFile, "utf8"));
  return { ready, stop, ask: (method, path, body) => ask(ready, method, path, body) };
}

/** Asks the pool's API with the admin's key, beside the dashboard. */
async function ask(ready, method, path, body) {
  const response = await fetch(ready.poolUrl + path, {
    method,
    headers: { authorization: `Bearer ${ready.apiKey}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Waits until a look gives something true. */
export async function until(what, look, milliseconds = 60_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${milliseconds / 1_000} s in vain for ${what}`);
    await pause(LOOK_MILLISECONDS);
  }
}
