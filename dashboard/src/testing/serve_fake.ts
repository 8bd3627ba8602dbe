/** Serves the fake pool from Vite's development server: `npm run dev -- --mode fake`. Its key: FAKE_KEY. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { answer } from "./fake_api.ts";
import { FakePool } from "./fake_pool.ts";

const MEMBERS = Number(process.env.FAKE_MEMBERS ?? 14);
const CLAIM_STEP_MILLISECONDS = 2_500;
const pool = new FakePool(MEMBERS);
pool.signedIn = process.env.FAKE_SIGNED_IN === "yes";
setInterval(() => {
  for (const claim of pool.claims) pool.step(claim);
}, CLAIM_STEP_MILLISECONDS);

async function read(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of request) text += piece;
  return text === "" ? undefined : JSON.parse(text);
}

function stream(request: IncomingMessage, response: ServerResponse) {
  response.writeHead(200, { "content-type": "text/event-stream" }).write(":still here\n\n");
  const listener = (event: { eventId: number; kind: string }) =>
    response.write(`event: ${event.kind}\nid: ${event.eventId}\ndata: ${JSON.stringify(event)}\n\n`);
  pool.listeners.add(listener);
  request.on("close", () => pool.listeners.delete(listener));
}

export async function serveFake(request: IncomingMessage, response: ServerResponse, next: () => void) {
  const address = request.url ?? "/";
  if (!address.startsWith("/api/")) return next();
  if (address.startsWith("/api/events") && request.headers.accept?.includes("event-stream"))
    return stream(request, response);
  const { status, body, etag } = answer(pool, request.method ?? "GET", address, await read(request));
  response.writeHead(status, { "content-type": "application/json", ...(etag ? { etag } : {}) });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
