import createClient, { type Middleware } from "openapi-fetch";
import { Problem, problemOf, unreachable } from "./problem.ts";
import type { paths } from "./schema.d.ts";

/** A request that gets no answer for this long has failed. */
const TIMEOUT_MILLISECONDS = 20_000;

export interface Answer<T> {
  body: T;
  /** The version that a change may name. */
  etag: string | null;
}

/** The cookie goes along with every request, other sites' too; only this page can add a header. */
const csrf: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("x-csrf-protection", "1");
    return request;
  },
};

async function fetchInTime(request: globalThis.Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
  } catch {
    throw unreachable();
  }
}

/** The pool API of the origin that served this page, typed by its description. */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  credentials: "same-origin",
  fetch: fetchInTime,
});
api.use(csrf);

interface Fetched<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What a call gave. Throws a [`Problem`] for everything that is not a success. */
export async function answer<T>(call: Promise<Fetched<T>>): Promise<Answer<T>> {
  let fetched: Fetched<T>;
  try {
    fetched = await call;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(0, "not_json", "what answers here is not the pool");
  }
  const { data, error, response } = fetched;
  if (!response.ok) throw problemOf(response.status, error);
  return { body: data as T, etag: response.headers.get("etag") };
}

/** The body alone. */
export const body = <T>(call: Promise<Fetched<T>>): Promise<T> => answer(call).then((it) => it.body);
