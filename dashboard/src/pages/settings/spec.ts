import type { PoolSpec, Rollout, Sizing } from "../../api/types.ts";
import { duration } from "../../format.ts";

/** A spec as a form holds it: texts, which may be anything until they are read. */
export interface SpecDraft {
  minIdle: string;
  maxInstances: string;
  maxSurge: string;
  stuckMinutes: string;
  image: string;
  model: string;
  paused: boolean;
  sizing: "fixed" | "serviceLevel" | "schedule";
  hitRate: string;
  leastIdle: string;
  mostIdle: string;
  costMost: string;
  timeZone: string;
  windows: { start: string; hours: string; minIdle: string }[];
  maxUnavailable: string;
  canary: string;
  canaryMinutes: string;
}

const MINUTE = 60_000;
const HOUR_SECONDS = 3_600;
const ROLLOUT: Rollout = { maxUnavailable: 1, canary: 1, canaryTimeoutMs: 600_000 };
const text = (value: number | null | undefined) =>
  value === null || value === undefined ? "" : String(value);

export function draftOf(spec: PoolSpec): SpecDraft {
  const { sizing } = spec;
  const rollout = spec.rollout ?? ROLLOUT;
  const level = sizing?.kind === "serviceLevel" ? sizing : undefined;
  const schedule = sizing?.kind === "schedule" ? sizing : undefined;
  return {
    minIdle: text(spec.minIdle),
    maxInstances: text(spec.maxInstances),
    maxSurge: text(spec.maxSurge),
    stuckMinutes: text(spec.stuckTimeoutMs / MINUTE),
    image: spec.image ?? "",
    model: spec.model ?? "",
    paused: spec.paused,
    sizing: sizing?.kind ?? "fixed",
    hitRate: text((level?.hitRate ?? 0.99) * 100),
    leastIdle: text(level?.min ?? 2),
    mostIdle: text(level?.max ?? 20),
    costMost: text(level?.costPerHourMax),
    timeZone: schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    windows: (schedule?.windows ?? []).map((window) => ({
      start: window.start,
      hours: text(window.durationSeconds / HOUR_SECONDS),
      minIdle: text(window.minIdle),
    })),
    maxUnavailable: text(rollout.maxUnavailable),
    canary: text(rollout.canary),
    canaryMinutes: text(rollout.canaryTimeoutMs / MINUTE),
  };
}

const number = (value: string) => (value.trim() === "" ? Number.NaN : Number(value));

function sizingOf(draft: SpecDraft): Sizing | null {
  if (draft.sizing === "serviceLevel") {
    return {
      kind: "serviceLevel",
      hitRate: Number((number(draft.hitRate) / 100).toFixed(6)),
      min: number(draft.leastIdle),
      max: number(draft.mostIdle),
      costPerHourMax: draft.costMost.trim() === "" ? null : number(draft.costMost),
    };
  }
  if (draft.sizing === "schedule") {
    const windows = draft.windows.map((window) => ({
      start: window.start.trim(),
      durationSeconds: Math.round(number(window.hours) * HOUR_SECONDS),
      minIdle: number(window.minIdle),
    }));
    return { kind: "schedule", timeZone: draft.timeZone.trim(), windows };
  }
  return null;
}

/** The spec that a form means. What the form does not show stays as it was. */
export function specOf(draft: SpecDraft, before: PoolSpec): PoolSpec {
  const rollout: Rollout = {
    maxUnavailable: number(draft.maxUnavailable),
    canary: number(draft.canary),
    canaryTimeoutMs: Math.round(number(draft.canaryMinutes) * MINUTE),
  };
  const untouched = before.rollout === null || before.rollout === undefined;
  return {
    ...before,
    minIdle: number(draft.minIdle),
    maxInstances: number(draft.maxInstances),
    maxSurge: number(draft.maxSurge),
    stuckTimeoutMs: Math.round(number(draft.stuckMinutes) * MINUTE),
    image: draft.image.trim() || null,
    model: draft.model.trim() || null,
    paused: draft.paused,
    sizing: sizingOf(draft),
    rollout: untouched && JSON.stringify(rollout) === JSON.stringify(ROLLOUT) ? null : rollout,
  };
}

const NAMES: Partial<Record<keyof PoolSpec, string>> = {
  minIdle: "idle agents",
  maxInstances: "most agents",
  image: "image",
  model: "model",
  stuckTimeoutMs: "unwell for",
  maxSurge: "extra in a rollout",
  paused: "paused",
  sizing: "sizing",
  rollout: "rollout",
};

export interface Change {
  name: string;
  from: string;
  to: string;
}

function said(field: keyof PoolSpec, value: unknown): string {
  if (value === null || value === undefined) return field === "sizing" ? "fixed" : "default";
  if (field === "stuckTimeoutMs") return duration(Number(value));
  if (field === "sizing") return (value as Sizing).kind === "schedule" ? "by schedule" : "by service level";
  if (field === "rollout") {
    const rollout = value as Rollout;
    return `${rollout.canary} first, ${rollout.maxUnavailable} at a time`;
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

/** What is different, in words. */
export function changesOf(before: PoolSpec, after: PoolSpec): Change[] {
  return (Object.keys(NAMES) as (keyof PoolSpec)[])
    .filter((field) => JSON.stringify(before[field] ?? null) !== JSON.stringify(after[field] ?? null))
    .map((field) => ({
      name: NAMES[field] ?? field,
      from: said(field, before[field]),
      to: said(field, after[field]),
    }));
}

/** Every number of the spec can be read. */
export function isReadable(spec: PoolSpec): boolean {
  return !JSON.stringify(spec, (_, value) =>
    typeof value === "number" && !Number.isFinite(value) ? "unreadable" : value,
  ).includes('"unreadable"');
}
