import { expect, test } from "vitest";
import type { HistoryPoint } from "../api/types.ts";
import { columns, stacked, totals } from "./series.ts";

const point = (seconds: number, change: Partial<HistoryPoint> = {}): HistoryPoint => ({
  at: new Date(seconds * 1_000).toISOString(),
  desired: 5,
  ready: 3,
  starting: 2,
  claiming: 0,
  claimed: 1,
  stuck: 0,
  destroying: 0,
  waiting: 0,
  claimsMade: 0,
  claimsReady: 0,
  claimsFailed: 0,
  claimsHit: 0,
  ...change,
});

test("a time when nobody looked is a gap", () => {
  expect(columns([point(0), point(15), point(90)], 15, [(it) => it.ready])).toEqual([
    [0, 15, 30, 90],
    [3, 3, null, 3],
  ]);
});

test("rows are piled, and a gap stays one", () => {
  expect(
    stacked([
      [0, 1],
      [3, null],
      [2, null],
    ]),
  ).toEqual([
    [0, 1],
    [3, null],
    [5, null],
  ]);
});

test("a span is summed up, its latencies weighed by how many claims they stand for", () => {
  const all = totals([
    point(0, { claimsMade: 1, claimsReady: 1, claimsHit: 1, claimSecondsMedian: 1, claimSecondsP95: 1 }),
    point(15, {
      claimsMade: 4,
      claimsReady: 3,
      claimsFailed: 1,
      claimsHit: 2,
      claimSecondsMedian: 5,
      claimSecondsP95: 9,
    }),
  ]);
  expect(all).toEqual({ made: 5, ready: 4, failed: 1, hits: 3, median: 4, p95: 7 });
  expect(totals([point(0)]).median).toBeNull();
});
