/** The pool API over a fake pool: a method and a path give a status and a body. */
import type { FakePool } from "./fake_pool.ts";
import { FAKE_KEY, TOOLS, VENDORS } from "./fake_pool.ts";

export interface FakeAnswer {
  status: number;
  body?: unknown;
  etag?: string;
}

const problem = (status: number, code: string, detail: string, errors?: unknown): FakeAnswer => ({
  status,
  body: { type: "about:blank", title: code, status, code, detail, errors },
});
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const ok = (body: unknown, status = 200): FakeAnswer => ({ status, body });

function page<T>(items: T[], query: URLSearchParams): FakeAnswer {
  const limit = Number(query.get("limit") ?? 50);
  const from = Number(query.get("cursor") ?? 0);
  const next = from + limit;
  return ok({ items: items.slice(from, next), nextCursor: next < items.length ? String(next) : null });
}

// biome-ignore lint/suspicious/noExplicitAny: a fake trusts its own pages
type Body = any;

export function answer(pool: FakePool, method: string, address: string, body: Body): FakeAnswer {
  const { pathname, searchParams: query } = new URL(address, "http://fake");
  const [, , room = "", key = "", verb = ""] = pathname.split("/").map(decodeURIComponent);
  if (room === "session") return session(pool, method, body);
  if (!pool.signedIn) return problem(401, "unauthorized", "a key is needed");
  switch (room) {
    case "status":
      return ok({
        version: "0.1.0",
        pools: [pool.pool()],
        reconcilers: ["pool", "creation", "instance", "claim", "destroy", "duty"].map((kind) => ({
          kind,
          depth: 0,
          leased: 0,
          oldestDueSeconds: 0.2,
          retrying: 0,
          errors: 0,
        })),
        vendors: VENDORS,
        lanes: [{ name: "project creations 1", waiting: 2, nextAllowedAt: inSeconds(12) }],
        budgets: [{ name: "compute 1", allowance: 10_000, remaining: 9_420, resetsAt: inSeconds(2_100) }],
        shelf: { target: 3, kept: 3, free: 2 },
        services: { reachable: true, answeredAt: new Date().toISOString() },
        replicas: ["pool-1"],
      });
    case "metrics":
      return ok({ pool: "default", stepSeconds: 90, points: pool.history(240, 90) });
    case "tools":
      return ok({ items: TOOLS, nextCursor: null });
    case "events":
      return page(
        [...pool.events].reverse().filter((event) => !query.get("kind") || event.kind === query.get("kind")),
        query,
      );
    case "pools":
      return pools(pool, method, verb, body);
    case "claim":
      return ok(pool.claim(body), 202);
    case "claims":
      return claims(pool, method, key, verb, query);
    case "instances":
      return instances(pool, method, key, verb, query, body);
    case "destroy-requests":
      return page(pool.destroyRequests, query);
    case "templates":
      return templates(pool, method, key, verb, query, body);
    case "keys":
      return page(pool.keys, query);
    default:
      return problem(404, "not_found", "nothing is here");
  }
}

function session(pool: FakePool, method: string, body: Body): FakeAnswer {
  if (method === "POST") pool.signedIn = body?.key === FAKE_KEY;
  if (method === "DELETE") pool.signedIn = false;
  if (method === "DELETE") return { status: 204 };
  return pool.signedIn ? ok({ name: "admin", role: pool.role }) : problem(401, "unauthorized", "no such key");
}

function explanation(pool: FakePool, object: string) {
  return ok({
    timeline: pool.events.filter((event) => event.object === object),
    conditions: [],
    plan: { step: "nothing", reason: "it is as it should be", again: "in 30 s" },
    text: "It is healthy and serves its conversation.",
  });
}

function pools(pool: FakePool, method: string, verb: string, body: Body): FakeAnswer {
  if (method === "PUT") {
    pool.spec = body;
    pool.generation += 1;
    pool.tell("pool", "default", "SpecChanged", `minIdle is now ${pool.spec.minIdle}`);
  }
  if (verb === "explain") return explanation(pool, "default");
  if (verb === "preview")
    return ok({
      desired: body.minIdle,
      create: Math.max(0, body.minIdle - pool.pool().status.ready),
      destroy: [],
      plan: { step: "create", reason: "as many as are missing", again: "in 5 s" },
    });
  return { ...ok(pool.pool()), etag: `"${pool.generation}"` };
}

function claims(
  pool: FakePool,
  method: string,
  key: string,
  verb: string,
  query: URLSearchParams,
): FakeAnswer {
  if (key === "")
    return page(
      pool.claims.filter((claim) => !query.get("phase") || claim.phase === query.get("phase")),
      query,
    );
  const claim = pool.claims.find((it) => it.claimId === key);
  if (claim === undefined) return problem(404, "not_found", "there is no such claim");
  if (method === "DELETE") {
    claim.phase = "released";
    pool.tell("claim", key, "Released", "was released", undefined, "released");
  }
  return verb === "explain" ? explanation(pool, key) : ok(claim, method === "DELETE" ? 202 : 200);
}

function instances(
  pool: FakePool,
  method: string,
  key: string,
  verb: string,
  query: URLSearchParams,
  body: Body,
): FakeAnswer {
  if (key === "") return page([...pool.instances].reverse(), query);
  const instance = pool.instances.find((it) => it.instanceId === key);
  if (instance === undefined) return problem(404, "not_found", "there is no such instance");
  if (verb === "explain") return explanation(pool, key);
  if (method === "DELETE") return ok(pool.destroy(instance), 202);
  if (method === "PATCH") instance.protected = body.protected;
  return ok(instance, method === "POST" ? 202 : 200);
}

function templates(
  pool: FakePool,
  method: string,
  key: string,
  verb: string,
  query: URLSearchParams,
  body: Body,
): FakeAnswer {
  const now = new Date().toISOString();
  if (key === "" && method === "POST") {
    pool.templates.unshift({
      visibility: "private",
      ...body,
      templateId: crypto.randomUUID(),
      createdAt: now,
      updatedAt: now,
    });
    return ok(pool.templates[0], 201);
  }
  if (key === "") return page(pool.templates, query);
  const template = pool.templates.find((it) => it.templateId === key);
  if (template === undefined) return problem(404, "not_found", "there is no such template");
  if (method === "DELETE") {
    pool.templates = pool.templates.filter((it) => it !== template);
    return { status: 204 };
  }
  if (method === "PUT" || verb === "visibility") Object.assign(template, body, { updatedAt: now });
  return { ...ok(template), etag: '"1"' };
}
