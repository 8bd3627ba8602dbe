/** The API's words under the names that pages use. */
import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

export type Role = Schemas["Role"];
export type Kind = Schemas["Kind"];
export type InstanceStatus = Schemas["InstanceStatus"];
export type ClaimPhase = Schemas["ClaimPhase"];
export type DestroyPhase = Schemas["DestroyPhase"];
export type DestroyReason = Schemas["DestroyReason"];
export type Provisioning = Schemas["Provisioning"];
export type Visibility = Schemas["Visibility"];

export type Condition = Schemas["Condition"];
export type Session = Schemas["Session"];
export type SystemStatus = Schemas["SystemStatus"];
export type Reconciler = Schemas["ReconcilerStatus"];
export type Vendor = Schemas["VendorState"];
export type Budget = Schemas["VendorBudget"];
export type Lane = Schemas["VendorLane"];
export type Tool = Schemas["Tool"];
export type Key = Schemas["KeyView"];

export type Pool = Schemas["PoolView"];
export type PoolSpec = Required<Schemas["PoolSpec"]>;
export type PoolStatus = Schemas["PoolStatus"];
export type PoolPreview = Schemas["PoolPreview"];
export type Sizing = Schemas["Sizing"];
export type Rollout = Required<Schemas["Rollout"]>;
export type History = Schemas["History"];
export type HistoryPoint = Schemas["HistoryPoint"];

export type Instance = Schemas["InstanceView"];
export type Claim = Schemas["ClaimView"];
export type ClaimTool = Schemas["ClaimTool"];
export type ClaimRequest = Schemas["ClaimRequest"];
export type DestroyRequest = Schemas["DestroyRequestView"];
export type Template = Schemas["TemplateView"];
export type TemplateRequest = Schemas["TemplateRequest"];

export type JournalEvent = Schemas["EventView"];

export interface Page<T> {
  items: T[];
  nextCursor?: string | null;
}
