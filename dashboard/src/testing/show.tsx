import { render } from "@testing-library/react";
import { vi } from "vitest";
import { App } from "../app.tsx";
import { answer } from "./fake_api.ts";
import type { FakePool } from "./fake_pool.ts";

export interface Asked {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

/** Shows the dashboard at an address, over a pool in memory. Gives what it asked for, in order. */
export function show(pool: FakePool, address: string): Asked[] {
  const asked: Asked[] = [];
  window.history.replaceState(null, "", address);
  vi.stubGlobal("fetch", async (input: Request | string, options?: RequestInit) => {
    const request =
      typeof input === "string" ? new Request(new URL(input, window.location.origin), options) : input;
    if (request.headers.get("accept") === "text/event-stream") return new Response(new ReadableStream());
    const text = await request.text();
    const url = new URL(request.url);
    const body = text === "" ? undefined : JSON.parse(text);
    asked.push({ method: request.method, path: url.pathname, headers: request.headers, body });
    const it = answer(pool, request.method, url.pathname + url.search, body);
    const headers = { "content-type": "application/json", ...(it.etag ? { etag: it.etag } : {}) };
    return new Response(it.body === undefined ? null : JSON.stringify(it.body), {
      status: it.status,
      headers,
    });
  });
  render(<App />);
  return asked;
}
