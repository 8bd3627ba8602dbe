// The inner contract that the container's front speaks (see the runtime's `agent` module), on the gateway's own port.

import { createHash, timingSafeEqual } from "node:crypto";
import { Refusal } from "./agent.js";

const BODY_BYTES_MAX = 1024 * 1024;

/**
 * A handler for everything under /convos.
 * @param {object} deps
 * @param {import("./agent.js").ConvosAgent} deps.agent
 * @param {() => string|undefined} deps.token     the gateway token; without one nobody is trusted
 * @param {(names: string[]) => boolean} deps.live  whether variables of these names can be taken over while running
 * @param {(text: string) => Promise<void>} deps.notify
 */
export function contract({ agent, token, live, notify, log }) {
  const routes = {
    "GET /convos/status": () => agent.status(),
    "POST /convos/conversation": async (body) => agent.create(profile(body)),
    "POST /convos/join": async (body) => agent.join(text(body, "inviteUrl"), profile(body)),
    "POST /convos/configure": async (body) => done(await agent.configure(profile(body))),
    "POST /convos/env": (body) => done(take(variables(body), live)),
    "POST /convos/notify": async (body) => done(await notify(text(body, "text"))),
    "POST /convos/conversation/send": async (body) => ({ ok: true, messageId: await agent.say(text(body, "message")) }),
    "POST /convos/rename": async (body) => done(await agent.command({ type: "rename", name: text(body, "name") })),
    "POST /convos/lock": async (body) => done(await agent.command({ type: body.unlock ? "unlock" : "lock" })),
    "POST /convos/explode": async () => done(await agent.command({ type: "explode" })),
  };
  const done = () => ({ ok: true });
  return async (request, response) => {
    const answer = (status, body) => {
      response.statusCode = status;
      response.setHeader("content-type", "application/json");
      response.setHeader("cache-control", "no-store");
      response.end(JSON.stringify(body));
      return true;
    };
    if (!trusted(request.headers.authorization, token())) return answer(401, { error: "the gateway token is missing or wrong" });
    const path = new URL(request.url, "http://localhost").pathname;
    const route = routes[`${request.method} ${path}`];
    if (!route) {
      const known = Object.keys(routes).some((key) => key.endsWith(` ${path}`));
      return answer(known ? 405 : 404, { error: known ? "the method is another one here" : "there is nothing at this path" });
    }
    try {
      return answer(200, await route(request.method === "GET" ? {} : await read(request)));
    } catch (error) {
      if (error instanceof Refusal) return answer(error.status, { error: error.message });
      log.error(`${request.method} ${path}: ${error.stack ?? error}`);
      return answer(502, { error: "the messenger could not do it" });
    }
  };
}

/** Digests, so that neither length nor content of the token shows in the time it takes. */
export function trusted(header, token) {
  const given = /^Bearer (.+)$/i.exec(header ?? "")?.[1];
  if (!given || !token) return false;
  const digest = (value) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(given), digest(token));
}

async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Refusal(413, "the body is too large");
    chunks.push(chunk);
  }
  let body;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
  } catch {
    throw new Refusal(400, "the body is no JSON");
  }
  if (!body || typeof body !== "object" || Array.isArray(body)) throw new Refusal(400, "the body is no object");
  return body;
}

function text(body, field) {
  const value = body[field];
  if (typeof value !== "string" || !value.trim()) throw new Refusal(400, `${field} is missing`);
  return value;
}

function profile(body) {
  const { instructions = "", model, profileImage, metadata } = body;
  return { profileName: text(body, "profileName"), instructions: String(instructions), model, profileImage, metadata };
}

function variables(body) {
  const found = body.variables;
  if (!found || typeof found !== "object" || Array.isArray(found)) throw new Refusal(400, "variables is missing");
  return found;
}

/** The gateway reads its configuration once; what that refers to needs a new life, which 404 asks the front for. */
function take(changes, live) {
  if (!live(Object.keys(changes))) throw new Refusal(404, "these need a restart");
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
}
