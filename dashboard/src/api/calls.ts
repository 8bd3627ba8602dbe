/** Every call that the pages make, one line each. */
import { ask } from "./client.ts";
import type {
  Claim,
  ClaimRequest,
  DestroyRequest,
  Explanation,
  History,
  Instance,
  JournalEvent,
  Key,
  Page,
  Pool,
  PoolPreview,
  PoolSpec,
  Role,
  Session,
  SystemStatus,
  Template,
  TemplateRequest,
  Tool,
  Visibility,
} from "./types.ts";

/** The most rows that a page of a list may have. */
export const PAGE_ROWS = 200;

type Filter = Record<string, string | number | boolean | undefined>;
const body = <T>(answer: Promise<{ body: T }>): Promise<T> => answer.then((it) => it.body);
const segment = encodeURIComponent;

export const getSession = () => body(ask<Session>("/api/session"));
export const signIn = (key: string) => body(ask<Session>("/api/session", { method: "POST", body: { key } }));
export const signOut = () => body(ask<void>("/api/session", { method: "DELETE" }));

export const getStatus = () => body(ask<SystemStatus>("/api/status"));
export const getHistory = (pool: string, hours: number) =>
  body(ask<History>("/api/metrics/history", { query: { pool, hours } }));
export const listTools = () => body(ask<Page<Tool>>("/api/tools"));

export const getPool = (name: string) => ask<Pool>(`/api/pools/${segment(name)}`);
export const putPool = (name: string, spec: PoolSpec, version: string | null) =>
  body(
    ask<Pool>(`/api/pools/${segment(name)}`, {
      method: "PUT",
      body: spec,
      headers: version === null ? {} : { "if-match": version },
    }),
  );

/** What the planner would do with this spec, without doing it. */
export const previewPool = (name: string, spec: PoolSpec) =>
  body(ask<PoolPreview>(`/api/pools/${segment(name)}/preview`, { method: "POST", body: spec }));

export const listInstances = (filter: Filter = {}) =>
  body(ask<Page<Instance>>("/api/instances", { query: filter }));
export const getInstance = (id: string) => body(ask<Instance>(`/api/instances/${segment(id)}`));
export const protectInstance = (id: string, on: boolean) =>
  body(ask<Instance>(`/api/instances/${segment(id)}`, { method: "PATCH", body: { protected: on } }));
export const redeployInstance = (id: string, image?: string) =>
  body(
    ask<Instance>(`/api/instances/${segment(id)}/redeploy`, { method: "POST", body: image ? { image } : {} }),
  );
export const recheckInstance = (id: string) =>
  body(ask<Instance>(`/api/instances/${segment(id)}/recheck`, { method: "POST" }));
export const destroyInstance = (id: string, force: boolean) =>
  body(
    ask<DestroyRequest>(`/api/instances/${segment(id)}`, {
      method: "DELETE",
      query: { force: force || undefined },
    }),
  );

export const listClaims = (filter: Filter = {}) => body(ask<Page<Claim>>("/api/claims", { query: filter }));
export const getClaim = (id: string) => body(ask<Claim>(`/api/claims/${segment(id)}`));
export const releaseClaim = (id: string) =>
  body(ask<Claim>(`/api/claims/${segment(id)}`, { method: "DELETE" }));
/** Answers at once: its steps are followed live instead of waited for. */
export const makeClaim = (request: ClaimRequest, idempotencyKey: string) =>
  body(
    ask<Claim>("/api/claim", {
      method: "POST",
      body: request,
      headers: { "idempotency-key": idempotencyKey, prefer: "wait=0" },
    }),
  );

export const listDestroyRequests = (filter: Filter = {}) =>
  body(ask<Page<DestroyRequest>>("/api/destroy-requests", { query: filter }));

export const listTemplates = (filter: Filter = {}) =>
  body(ask<Page<Template>>("/api/templates", { query: filter }));
export const getTemplate = (id: string) => ask<Template>(`/api/templates/${segment(id)}`);
export const createTemplate = (request: TemplateRequest) =>
  body(ask<Template>("/api/templates", { method: "POST", body: request }));
export const putTemplate = (id: string, request: TemplateRequest, version: string | null) =>
  body(
    ask<Template>(`/api/templates/${segment(id)}`, {
      method: "PUT",
      body: request,
      headers: version === null ? {} : { "if-match": version },
    }),
  );
export const setVisibility = (id: string, visibility: Visibility) =>
  body(ask<Template>(`/api/templates/${segment(id)}/visibility`, { method: "PATCH", body: { visibility } }));
export const deleteTemplate = (id: string) =>
  body(ask<void>(`/api/templates/${segment(id)}`, { method: "DELETE" }));

export const listEvents = (filter: Filter = {}) =>
  body(ask<Page<JournalEvent>>("/api/events", { query: filter }));
export type Explained = "pools" | "instances" | "claims" | "destroy-requests";
export const explain = (kind: Explained, id: string) =>
  body(ask<Explanation>(`/api/${kind}/${segment(id)}/explain`));

export const listKeys = () => body(ask<Page<Key>>("/api/keys", { query: { limit: PAGE_ROWS } }));
export const createKey = (name: string, role: Role) =>
  body(ask<Key>("/api/keys", { method: "POST", body: { name, role } }));
export const deleteKey = (id: string) => body(ask<void>(`/api/keys/${segment(id)}`, { method: "DELETE" }));
