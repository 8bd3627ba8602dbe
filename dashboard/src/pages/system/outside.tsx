import type { ReactNode } from "react";
import type { Budget, Lane, SystemStatus, Vendor } from "../../api/types.ts";
import { useNow } from "../../clock.ts";
import { count, duration, share } from "../../format.ts";
import { Age, Status } from "../../ui/bits.tsx";
import { Empty } from "../../ui/states.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { BUDGET_SHARE_LOW } from "../overview/problems.ts";

/** Errors since the start, marked when there are any. */
export function errorsColumn<Row extends { errors: number }>(): Column<Row> {
  return {
    id: "errors",
    title: "Errors",
    width: "5rem",
    number: true,
    from: "middle",
    cell: (row) => <span className={row.errors > 0 ? "tone-text-warn" : undefined}>{count(row.errors)}</span>,
  };
}

const VENDORS: Column<Vendor>[] = [
  { id: "name", title: "Vendor of", width: "8rem", cell: (row) => row.name },
  {
    id: "state",
    title: "State",
    width: "8rem",
    cell: (row) => (
      <Status of={row.problem ? "warn" : "good"} label={row.problem ? "in trouble" : "answers"} />
    ),
  },
  {
    id: "latency",
    title: "Answers in",
    width: "6.5rem",
    number: true,
    cell: (row) => (row.latencyMs == null ? "" : duration(row.latencyMs)),
  },
  errorsColumn(),
  {
    id: "since",
    title: "Since",
    width: "5.5rem",
    number: true,
    from: "middle",
    cell: (row) => <Age at={row.since} />,
  },
  {
    id: "problem",
    title: "What is wrong",
    from: "wide",
    cell: (row) => <span title={row.problem ?? undefined}>{row.problem}</span>,
  },
];

/** Who is asked for what agents need, and how each was when it was asked last. */
export function Vendors({ of }: { of: Vendor[] }) {
  return (
    <section className="stack tight" aria-label="Vendors">
      <h2>Vendors</h2>
      <Table
        label="Vendors"
        columns={VENDORS}
        rows={of}
        rowKey={(row) => row.name}
        empty={
          <Empty title="None was asked yet">
            <p>services looks at each vendor in turn; the first answers are there in a minute.</p>
          </Empty>
        }
      />
    </section>
  );
}

/** What creations wait for: lanes that let one pass at a time, budgets of requests, and projects kept for bursts. */
export function LanesAndBudgets({ of }: { of: SystemStatus }) {
  const { lanes, budgets, shelf } = of;
  if (lanes.length === 0 && budgets.length === 0 && shelf.target === 0) return null;
  return (
    <section className="stack tight" aria-label="Lanes and budgets">
      <h2>Lanes and budgets</h2>
      <ul className="gauges">
        {lanes.map((lane) => (
          <LaneGauge key={lane.name} lane={lane} />
        ))}
        {budgets.map((budget) => (
          <BudgetGauge key={budget.name} budget={budget} />
        ))}
        {shelf.target > 0 && (
          <Gauge
            name="shelf of empty projects"
            tone={shelf.free === 0 ? "warn" : "ready"}
            full={shelf.free / shelf.target}
            said={`${count(shelf.free)} of ${count(shelf.target)} can be taken`}
            then={shelf.kept > shelf.free ? `${count(shelf.kept - shelf.free)} more being made` : ""}
          />
        )}
      </ul>
    </section>
  );
}

function LaneGauge({ lane }: { lane: Lane }) {
  const wait = Date.parse(lane.nextAllowedAt) - useNow();
  return (
    <Gauge
      name={lane.name}
      tone={lane.waiting > 0 ? "starting" : "ready"}
      said={
        lane.waiting === 0
          ? "nobody waits"
          : `${count(lane.waiting)} ${lane.waiting === 1 ? "waits" : "wait"}`
      }
      then={
        wait > 1_000
          ? `the next may pass in ${duration(Math.round(wait / 1_000) * 1_000)}`
          : "the next may pass now"
      }
    />
  );
}

function BudgetGauge({ budget }: { budget: Budget }) {
  const left = budget.allowance > 0 ? Math.max(0, Math.min(1, budget.remaining / budget.allowance)) : 0;
  const wait = Date.parse(budget.resetsAt) - useNow();
  return (
    <Gauge
      name={`requests to ${budget.name}`}
      tone={left < BUDGET_SHARE_LOW ? "bad" : "ready"}
      full={left}
      said={`${share(left)} of ${count(Math.round(budget.allowance))} left`}
      then={wait > 0 ? `anew in ${duration(wait)}` : ""}
    />
  );
}

interface GaugeProps {
  name: string;
  tone: string;
  /** A bar is drawn where there is a share. */
  full?: number;
  said: ReactNode;
  then: ReactNode;
}

function Gauge({ name, tone, full, said, then }: GaugeProps) {
  return (
    <li className={`tone-${tone}`}>
      <h3>{name}</h3>
      {full !== undefined && (
        <div className="meter" aria-hidden>
          <i style={{ width: `${full * 100}%` }} />
        </div>
      )}
      <p>
        {said}
        {then && <span className="quiet">, {then}</span>}
      </p>
    </li>
  );
}
