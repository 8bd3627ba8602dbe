import type { HistoryPoint } from "../api/types.ts";

/** A step that is missing is a gap, not a line across it. */
const GAP_STEPS = 2.5;

export type Row = (number | null)[];

/** Columns for a chart: seconds first, then a row a line. `null` where nobody looked. */
export function columns(
  points: HistoryPoint[],
  stepSeconds: number,
  lines: ((point: HistoryPoint) => number | null)[],
): Row[] {
  const at: Row = [];
  const values: Row[] = lines.map(() => []);
  let before: number | undefined;
  for (const point of points) {
    const seconds = Date.parse(point.at) / 1_000;
    if (before !== undefined && seconds - before > GAP_STEPS * stepSeconds) {
      at.push(before + stepSeconds);
      for (const row of values) row.push(null);
    }
    at.push(seconds);
    lines.forEach((line, index) => {
      values[index]?.push(line(point));
    });
    before = seconds;
  }
  return [at, ...values];
}

/** Each row on top of those before it. */
export function stacked(rows: Row[]): Row[] {
  const [at = [], ...values] = rows;
  const sums = at.map(() => 0);
  const piled = values.map((row) =>
    row.map((value, index) => {
      if (value === null) return null;
      sums[index] = (sums[index] ?? 0) + value;
      return sums[index] ?? 0;
    }),
  );
  return [at, ...piled];
}

export interface Totals {
  made: number;
  ready: number;
  failed: number;
  hits: number;
  /** Of the medians of all steps, weighed by their claims. */
  median: number | null;
  p95: number | null;
}

/** The whole span in a few numbers, for those who do not look at pictures. */
export function totals(points: HistoryPoint[]): Totals {
  const sum = (of: (point: HistoryPoint) => number) => points.reduce((total, point) => total + of(point), 0);
  const ready = sum((point) => point.claimsReady);
  const weighed = (of: (point: HistoryPoint) => number | null | undefined) =>
    ready === 0 ? null : sum((point) => (of(point) ?? 0) * point.claimsReady) / ready;
  return {
    made: sum((point) => point.claimsMade),
    ready,
    failed: sum((point) => point.claimsFailed),
    hits: sum((point) => point.claimsHit),
    median: weighed((point) => point.claimSecondsMedian),
    p95: weighed((point) => point.claimSecondsP95),
  };
}
