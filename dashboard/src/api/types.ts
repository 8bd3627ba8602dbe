export type Role = "viewer" | "claimer" | "operator" | "admin";
export type InstanceStatus =
  | "starting"
  | "ready"
  | "claiming"
  | "claimed"
  | "stuck"
  | "destroying"
  | "deleted";
export type DeployStatus =
  | "deploying"
  | "deploy_failed"
  | "healthy"
  | "unreachable"
  | "unknown"
  | "not_found";
export type ClaimPhase =
  | "pending"
  | "bound"
  | "provisioning"
  | "configuring"
  | "pending_acceptance"
  | "ready"
  | "failed"
  | "released";
export type DestroyPhase = "pending" | "destroying" | "done";
export type DestroyReason =
  | "operator"
  | "surplus"
  | "stuck"
  | "expired"
  | "released"
  | "self"
  | "tainted"
  | "rollout"
  | "failed_create";
export type Provisioning = "pool" | "user";
export type ToolPhase = "pending" | "provisioning" | "ready" | "failed";
export type Visibility = "private" | "public";
export type Kind = "pool" | "instance" | "claim" | "destroy_request" | "template" | "key";

export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration: number;
}
export interface Failure {
  code: string;
  message: string;
}
export interface ClaimTool {
  toolId: string;
  provisioning: Provisioning;
  phase: ToolPhase;
  resourceId?: string;
  error?: string;
}
export interface Claim {
  claimId: string;
  phase: ClaimPhase;
  instanceId?: string;
  inviteUrl?: string;
  conversationId?: string;
  agentName: string;
  templateId?: string;
  ownerId?: string;
  pool: string;
  position?: number;
  estimateSeconds?: number;
  tools: ClaimTool[];
  conditions: Condition[];
  failure?: Failure;
  createdAt: string;
  readyAt?: string;
  expiresAt?: string;
}
export interface ClaimRequest {
  templateId?: string;
  agentName?: string;
  instructions?: string;
  model?: string;
  pool?: string;
  joinUrl?: string;
  profileImage?: string;
  metadata?: Record<string, string>;
  userConfig?: Record<string, Record<string, unknown>>;
  ownerId?: string;
  priority?: number;
  deadlineSeconds?: number;
  ttlSeconds?: number;
}
export interface Window {
  start: string;
  durationSeconds: number;
  minIdle: number;
}
export type Sizing =
  | { kind: "schedule"; timeZone: string; windows: Window[] }
  | { kind: "serviceLevel"; hitRate: number; min: number; max: number; costPerHourMax?: number | null };
/** What the planner would do with another spec. */
export interface PoolPreview {
  desired: number;
  create: number;
  destroy: string[];
  reason: string;
}
export interface Rollout {
  maxUnavailable: number;
  canary: number;
  canaryTimeoutMs: number;
}
export interface PoolSpec {
  minIdle: number;
  maxInstances: number;
  image?: string | null;
  model?: string | null;
  stuckTimeoutMs: number;
  maxSurge: number;
  paused: boolean;
  sizing?: Sizing | null;
  rollout?: Rollout | null;
}
export interface PoolStatus {
  desired: number;
  ready: number;
  starting: number;
  claiming: number;
  claimed: number;
  stuck: number;
  destroying: number;
  waiting: number;
  conditions: Condition[];
  explanation: string;
}
export interface Pool {
  name: string;
  spec: PoolSpec;
  status: PoolStatus;
  generation: number;
  observedGeneration: number;
  createdAt: string;
  updatedAt: string;
}
export interface Instance {
  instanceId: string;
  name: string;
  pool: string;
  status: InstanceStatus;
  deployStatus: DeployStatus;
  url?: string | null;
  image?: string | null;
  runtimeVersion?: string;
  agentName?: string;
  claimId?: string;
  templateId?: string;
  ownerId?: string;
  conversationId?: string;
  inviteUrl?: string;
  parentInstance?: string;
  protected: boolean;
  conditions: Condition[];
  failure?: Failure;
  createdAt: string;
  claimedAt?: string;
  statusSince: string;
  healthyAt?: string;
  templateSyncedAt?: string;
}
export interface DestroyRequest {
  destroyRequestId: string;
  instanceId: string;
  reason: DestroyReason;
  requestedBy: string;
  phase: DestroyPhase;
  attempts: number;
  lastError?: string;
  createdAt: string;
  doneAt?: string;
}
export interface TemplateModel {
  default: string;
  allow_override?: boolean;
}
export interface TemplateTool {
  id: string;
  provisioning: Provisioning;
}
export interface Template {
  templateId: string;
  creatorId?: string;
  agentName: string;
  instructions: string;
  model?: TemplateModel | null;
  tools: TemplateTool[];
  visibility: Visibility;
  createdAt: string;
  updatedAt: string;
}
export interface TemplateRequest {
  creatorId?: string;
  agentName: string;
  instructions: string;
  model?: TemplateModel;
  tools: TemplateTool[];
  visibility?: Visibility;
}
export interface JournalEvent {
  eventId: number;
  at: string;
  kind: Kind;
  object: string;
  reason: string;
  message: string;
  actor: string;
  from?: string;
  to?: string;
  cause?: string;
  traceId?: string;
}
export interface Explanation {
  timeline: JournalEvent[];
  conditions: Condition[];
  plan: { step: string; reason: string; again: string };
  text: string;
}
export interface Key {
  keyId: string;
  name: string;
  role: Role;
  key?: string;
  createdAt: string;
}
export interface Reconciler {
  kind: string;
  depth: number;
  leased: number;
  oldestDueSeconds: number;
  retrying: number;
}
export interface SystemStatus {
  version: string;
  pools: Pool[];
  reconcilers: Reconciler[];
  services: { reachable: boolean; answeredAt?: string; problem?: string };
}
export interface Tool {
  toolId: string;
  name: string;
  provisioning: Provisioning[];
  mode?: string;
  always: boolean;
  configured: boolean;
  problem?: string;
  userConfigSchema?: unknown;
}
export interface Session {
  name: string;
  role: Role;
}
export interface Page<T> {
  items: T[];
  nextCursor?: string | null;
}

export interface HistoryPoint {
  at: string;
  desired: number;
  ready: number;
  starting: number;
  claiming: number;
  claimed: number;
  stuck: number;
  destroying: number;
  waiting: number;
  claimsMade: number;
  claimsReady: number;
  claimsFailed: number;
  claimsHit: number;
  claimSecondsMedian?: number | null;
  claimSecondsP95?: number | null;
}
export interface History {
  pool: string;
  stepSeconds: number;
  points: HistoryPoint[];
}
