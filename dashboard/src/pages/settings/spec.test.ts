import { expect, test } from "vitest";
import type { PoolSpec } from "../../api/types.ts";
import { changesOf, draftOf, isReadable, specOf } from "./spec.ts";

const spec: PoolSpec = {
  minIdle: 5,
  maxInstances: 100,
  image: null,
  model: null,
  stuckTimeoutMs: 900_000,
  maxSurge: 3,
  paused: false,
  sizing: null,
  rollout: null,
};

test("a form that nobody touched means the same spec", () => {
  expect(specOf(draftOf(spec), spec)).toEqual(spec);
  const scheduled: PoolSpec = {
    ...spec,
    sizing: {
      kind: "schedule",
      timeZone: "Europe/Berlin",
      windows: [{ start: "0 8 * * 1-5", durationSeconds: 36_000, minIdle: 20 }],
    },
  };
  expect(specOf(draftOf(scheduled), scheduled)).toEqual(scheduled);
  const level: PoolSpec = {
    ...spec,
    sizing: { kind: "serviceLevel", hitRate: 0.995, min: 2, max: 40, costPerHourMax: null },
  };
  expect(specOf(draftOf(level), level)).toEqual(level);
});

test("a change is said in words", () => {
  const after = specOf({ ...draftOf(spec), minIdle: "8", stuckMinutes: "20" }, spec);
  expect(changesOf(spec, after)).toEqual([
    { name: "idle agents", from: "5", to: "8" },
    { name: "unwell for", from: "15 m", to: "20 m" },
  ]);
});

test("a number that cannot be read is not sent", () => {
  expect(isReadable(specOf({ ...draftOf(spec), minIdle: "" }, spec))).toBe(false);
  expect(isReadable(specOf({ ...draftOf(spec), minIdle: "7" }, spec))).toBe(true);
});
