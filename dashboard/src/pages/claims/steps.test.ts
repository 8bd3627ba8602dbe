import { expect, test } from "vitest";
import type { Claim, JournalEvent } from "../../api/types.ts";
import { stepsOf } from "./steps.ts";

const claim = (change: Partial<Claim>): Claim => ({
  claimId: "c",
  phase: "pending",
  agentName: "Ada",
  pool: "default",
  tools: [],
  conditions: [],
  createdAt: "2026-01-01T00:00:00Z",
  ...change,
});
const moved = (to: string, seconds: number): JournalEvent => ({
  eventId: seconds,
  at: new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString(),
  kind: "claim",
  object: "c",
  reason: "Moved",
  message: "",
  actor: "reconciler/claim",
  to,
});
const states = (of: Claim, timeline: JournalEvent[] = []) => stepsOf(of, timeline).map((step) => step.state);

test("in line it says which number it is and how long it may take", () => {
  const steps = stepsOf(claim({ position: 3, estimateSeconds: 40 }), []);
  expect(steps[0]).toMatchObject({ state: "now", note: "number 3 in line, about 40 s" });
});

test("each step that is done says how long it took", () => {
  const timeline = [moved("bound", 2), moved("configuring", 5), moved("ready", 6)];
  const steps = stepsOf(claim({ phase: "ready", readyAt: "2026-01-01T00:00:06Z" }), timeline);
  expect(steps.map((step) => step.state)).toEqual(["done", "done", "done", "done"]);
  expect(steps.map((step) => step.note)).toEqual(["2.0 s", "3.0 s", "1.0 s", ""]);
});

test("a claim that failed shows the step that it failed in", () => {
  expect(states(claim({ phase: "failed" }), [moved("bound", 2), moved("failed", 3)])).toEqual([
    "done",
    "failed",
    "later",
    "later",
  ]);
});

test("an agent that waits to be let in is at the last step", () => {
  expect(stepsOf(claim({ phase: "pending_acceptance" }), [])[3]).toMatchObject({
    state: "now",
    title: "Waiting to be let into the conversation",
  });
});
