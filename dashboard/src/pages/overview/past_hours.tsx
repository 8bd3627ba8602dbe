import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { getHistory } from "../../api/calls.ts";
import type { History, HistoryPoint } from "../../api/types.ts";
import { Figure } from "../../charts/figure.tsx";
import type { Line } from "../../charts/plot.tsx";
import { columns, stacked, totals } from "../../charts/series.ts";
import { counted, duration, share } from "../../format.ts";
import { Pick, Segments } from "../../ui/filters.tsx";
import { useQueryState } from "../../ui/query_state.ts";
import { Failed, Note } from "../../ui/states.tsx";

const SPANS: [value: string, label: string][] = [
  ["1", "1 hour"],
  ["6", "6 hours"],
  ["24", "1 day"],
  ["168", "7 days"],
];
const HOURS = "6";
const REFRESH_MILLISECONDS = 30_000;

type Count = "ready" | "starting" | "claiming" | "claimed" | "stuck" | "destroying";
const STATUSES: Count[] = ["ready", "starting", "claiming", "claimed", "stuck", "destroying"];
/** Painted from the highest pile down, each over the one before. */
const MEMBERS: Line[] = [
  ...[...STATUSES].reverse().map((status): Line => ({ label: status, color: `--${status}`, kind: "area" })),
  { label: "target", color: "--ink", kind: "line", dash: [4, 3] },
];
const CLAIMS: Line[] = [
  { label: "made", color: "--claimed", kind: "bars" },
  { label: "found a ready agent", color: "--ready", kind: "bars" },
];
const LATENCY: Line[] = [
  { label: "half within", color: "--claiming", kind: "line", dots: true },
  { label: "95 % within", color: "--starting", kind: "line", dash: [4, 3], dots: true },
];

/** The last hours of a pool as pictures, each with its meaning in words, and what follows once they have their size. */
export function PastHours({ pools, then }: { pools: string[]; then: ReactNode }) {
  const [chosen, setPool] = useQueryState("pool");
  const [span, setSpan] = useQueryState("hours");
  const pool = pools.includes(chosen) ? chosen : (pools.find((name) => name === "default") ?? pools[0]);
  const hours = SPANS.some(([value]) => value === span) ? span : HOURS;
  const history = useQuery({
    queryKey: ["history", pool, hours],
    queryFn: () => getHistory(pool ?? "default", Number(hours)),
    enabled: pool !== undefined,
    refetchInterval: REFRESH_MILLISECONDS,
    placeholderData: (before) => before,
  });
  return (
    <>
      <section className="stack" aria-label="The last hours">
        <div className="section-head">
          <h2>The last hours</h2>
          <div className="filters">
            {pools.length > 1 && pool && (
              <Pick label="Pool of the charts" value={pool} values={pools} onChange={setPool} />
            )}
            <Segments
              label="Span"
              value={hours}
              choices={SPANS.map(([value, label]) => ({ value, label }))}
              onChange={(value) => setSpan(value === HOURS ? "" : value)}
            />
          </div>
        </div>
        {history.data ? (
          history.data.points.length === 0 ? (
            <Note title="Nothing was sampled yet">
              The pool notes its members each 15 seconds; the first picture is there in a minute.
            </Note>
          ) : (
            <Charts history={history.data} hours={Number(hours)} />
          )
        ) : history.error ? (
          <Failed what="the last hours" error={history.error} again={() => history.refetch()} />
        ) : (
          <div className="charts waiting" />
        )}
      </section>
      {(history.data || history.error) && then}
    </>
  );
}

const members = (points: HistoryPoint[]) => {
  const last = points.at(-1);
  const least = Math.min(...points.map((point) => point.ready));
  const empty = points.filter((point) => point.ready === 0 && point.desired > 0).length;
  return `${last?.ready ?? 0} ready of ${last?.desired ?? 0} wanted when last counted, ${least} at the least${empty > 0 ? `; none in ${counted(empty, "step")}` : ""}.`;
};

function Charts({ history, hours }: { history: History; hours: number }) {
  const { points, stepSeconds } = history;
  const drawn = useMemo(() => {
    const rows = (lines: ((point: HistoryPoint) => number | null)[]) => columns(points, stepSeconds, lines);
    const plain = rows(STATUSES.map((status) => (point: HistoryPoint) => point[status]));
    const [at = [], ...piles] = stacked(plain);
    const [, target = []] = rows([(point) => point.desired]);
    const [, ...counts] = plain;
    return {
      members: [at, ...piles.reverse(), target],
      memberCounts: [at, ...counts.reverse(), target],
      claims: rows([(point) => point.claimsMade, (point) => point.claimsHit]),
      latency: rows([(point) => point.claimSecondsMedian ?? null, (point) => point.claimSecondsP95 ?? null]),
    };
  }, [points, stepSeconds]);
  const all = totals(points);
  const last = Date.parse(points.at(-1)?.at ?? "") / 1_000;
  const first = Date.parse(points[0]?.at ?? "") / 1_000;
  // A young pool fills the picture instead of a corner of it.
  const from = Math.max(last - hours * 3_600, Math.min(first, last - 600));
  const frame = { span: [from, last + stepSeconds] as [number, number], group: "past-hours" };
  const seconds = (value: number) => duration(value * 1_000);
  return (
    <div className="charts">
      <Figure
        {...frame}
        title="Members by status"
        summary={members(points)}
        data={drawn.members}
        shown={drawn.memberCounts}
        lines={MEMBERS}
        value={String}
        whole
      />
      <Figure
        {...frame}
        title="Claims"
        summary={
          all.made === 0
            ? "None was made."
            : `${counted(all.made, "claim")}, ${share(all.hits / all.made)} found a ready agent, ${all.failed} failed.`
        }
        data={drawn.claims}
        lines={CLAIMS}
        value={String}
        whole
      />
      <Figure
        {...frame}
        title="From claim to invite"
        summary={
          all.median === null || all.p95 === null
            ? "None became ready."
            : `Half within ${seconds(all.median)}, 95 % within ${seconds(all.p95)}.`
        }
        data={drawn.latency}
        lines={LATENCY}
        value={seconds}
      />
    </div>
  );
}
