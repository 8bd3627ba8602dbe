/** Every call that the pages make. */
import { answer, api, body } from "./client.ts";
import type { paths } from "./schema.d.ts";
import type {
  ClaimRequest,
  JournalEvent,
  Page,
  PoolSpec,
  Role,
  TemplateRequest,
  Visibility,
} from "./types.ts";

/** The most rows that a page of a list may have. */
export const PAGE_ROWS = 200;

/** What a list can be asked for. */
type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Q } } }
  ? Q
  : never;

const version = (etag: string | null) => (etag === null ? {} : { "If-Match": etag });

export const getSession = () => body(api.GET("/api/session"));
export const signIn = (key: string) => body(api.POST("/api/session", { body: { key } }));
export const signOut = () => body(api.DELETE("/api/session"));

export const getStatus = () => body(api.GET("/api/status"));
export const getHistory = (pool: string, hours: number) =>
  body(api.GET("/api/metrics/history", { params: { query: { pool, hours } } }));
export const listTools = () => body(api.GET("/api/tools"));

export const getPool = (name: string) => answer(api.GET("/api/pools/{name}", { params: { path: { name } } }));
export const putPool = (name: string, spec: PoolSpec, etag: string | null) =>
  body(api.PUT("/api/pools/{name}", { params: { path: { name }, header: version(etag) }, body: spec }));
/** What the planner would do with this spec, without doing it. */
export const previewPool = (name: string, spec: PoolSpec) =>
  body(api.POST("/api/pools/{name}/preview", { params: { path: { name } }, body: spec }));

export const listInstances = (query: Query<"/api/instances">) =>
  body(api.GET("/api/instances", { params: { query } }));
export const getInstance = (id: string) => body(api.GET("/api/instances/{id}", { params: { path: { id } } }));
export const protectInstance = (id: string, on: boolean) =>
  body(api.PATCH("/api/instances/{id}", { params: { path: { id } }, body: { protected: on } }));
export const redeployInstance = (id: string) =>
  body(api.POST("/api/instances/{id}/redeploy", { params: { path: { id } }, body: {} }));
export const recheckInstance = (id: string) =>
  body(api.POST("/api/instances/{id}/recheck", { params: { path: { id } } }));
export const destroyInstance = (id: string, force: boolean) =>
  body(api.DELETE("/api/instances/{id}", { params: { path: { id }, query: force ? { force } : {} } }));

export const listClaims = (query: Query<"/api/claims">) =>
  body(api.GET("/api/claims", { params: { query } }));
export const getClaim = (id: string) => body(api.GET("/api/claims/{id}", { params: { path: { id } } }));
export const releaseClaim = (id: string) =>
  body(api.DELETE("/api/claims/{id}", { params: { path: { id } } }));
/** Answers at once: its steps are followed live instead of waited for. */
export const makeClaim = (request: ClaimRequest, idempotencyKey: string) =>
  body(
    api.POST("/api/claim", {
      params: { header: { "Idempotency-Key": idempotencyKey, Prefer: "wait=0" } },
      body: request,
    }),
  );

export const listDestroyRequests = (query: Query<"/api/destroy-requests">) =>
  body(api.GET("/api/destroy-requests", { params: { query } }));

export const listTemplates = () =>
  body(api.GET("/api/templates", { params: { query: { limit: PAGE_ROWS } } }));
export const getTemplate = (id: string) =>
  answer(api.GET("/api/templates/{id}", { params: { path: { id } } }));
export const createTemplate = (request: TemplateRequest) =>
  body(api.POST("/api/templates", { body: request }));
export const putTemplate = (id: string, request: TemplateRequest, etag: string | null) =>
  body(api.PUT("/api/templates/{id}", { params: { path: { id }, header: version(etag) }, body: request }));
export const setVisibility = (id: string, visibility: Visibility) =>
  body(api.PATCH("/api/templates/{id}/visibility", { params: { path: { id } }, body: { visibility } }));
export const deleteTemplate = (id: string) =>
  body(api.DELETE("/api/templates/{id}", { params: { path: { id } } }));

/** A page; the same address gives a stream to those who ask for one. */
export const listEvents = (query: Query<"/api/events">) =>
  body(api.GET("/api/events", { params: { query } })) as Promise<Page<JournalEvent>>;

export type Explained = "pools" | "instances" | "claims" | "destroy-requests";
export const explain = (kind: Explained, id: string) => {
  switch (kind) {
    case "pools":
      return body(api.GET("/api/pools/{name}/explain", { params: { path: { name: id } } }));
    case "instances":
      return body(api.GET("/api/instances/{id}/explain", { params: { path: { id } } }));
    case "claims":
      return body(api.GET("/api/claims/{id}/explain", { params: { path: { id } } }));
    case "destroy-requests":
      return body(api.GET("/api/destroy-requests/{id}/explain", { params: { path: { id } } }));
  }
};

export const listKeys = () => body(api.GET("/api/keys", { params: { query: { limit: PAGE_ROWS } } }));
export const createKey = (name: string, role: Role) => body(api.POST("/api/keys", { body: { name, role } }));
export const deleteKey = (id: string) => body(api.DELETE("/api/keys/{id}", { params: { path: { id } } }));
