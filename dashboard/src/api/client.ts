import { Problem, problemOf, unreachable } from "./problem.ts";

/** A request that gets no answer for this long has failed. */
const TIMEOUT_MILLISECONDS = 20_000;

export interface Answer<T> {
  body: T;
  /** The version that a change may name. */
  etag: string | null;
}

interface Request {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  timeout?: number;
}

function address(path: string, query: Request["query"]): string {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") wanted.set(name, String(value));
  }
  const text = wanted.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Asks the pool API. Throws a [`Problem`] for everything that is not a success. */
export async function ask<T>(path: string, request: Request = {}): Promise<Answer<T>> {
  const method = request.method ?? "GET";
  const headers: Record<string, string> = { accept: "application/json", ...request.headers };
  if (method !== "GET") headers["x-csrf-protection"] = "1";
  if (request.body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(address(path, request.query), {
      method,
      headers,
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(request.timeout ?? TIMEOUT_MILLISECONDS),
    });
  } catch {
    throw unreachable();
  }
  const text = await response.text();
  const body = parsed(text);
  if (!response.ok) throw problemOf(response.status, body);
  if (text !== "" && body === undefined) {
    throw new Problem(response.status, "not_json", "what answers here is not the pool");
  }
  return { body: body as T, etag: response.headers.get("etag") };
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
