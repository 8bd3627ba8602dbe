import { CircleCheck } from "lucide-react";
import { Link } from "wouter";
import type { Pool, SystemStatus } from "../../api/types.ts";
import { count, words } from "../../format.ts";
import { useStatus } from "../../queries.ts";
import { PageHead, Status } from "../../ui/bits.tsx";
import { ButtonLink } from "../../ui/button.tsx";
import { Rack } from "../../ui/rack.tsx";
import { Failed, Ghosts } from "../../ui/states.tsx";
import { LanesAndBudgets } from "../system/outside.tsx";
import { PastHours } from "./past_hours.tsx";
import { troubles } from "./problems.ts";
import { RecentEvents } from "./recent_events.tsx";

export function OverviewPage() {
  const status = useStatus();
  return (
    <>
      <PageHead title="Overview">
        <ButtonLink to="/claims/new" look="first">
          New claim
        </ButtonLink>
      </PageHead>
      {status.data === undefined && status.error ? (
        <Failed what="the state of the pools" error={status.error} again={() => status.refetch()} />
      ) : status.data ? (
        <>
          <WrongNow status={status.data} />
          <section aria-label="Pools">
            {status.data.pools.map((pool) => (
              <PoolStrip key={pool.name} pool={pool} />
            ))}
          </section>
          <LanesAndBudgets of={status.data} />
          <PastHours pools={status.data.pools.map((pool) => pool.name)} then={<RecentEvents />} />
        </>
      ) : (
        <Ghosts lines={8} height="2.4rem" />
      )}
    </>
  );
}

/** What is wrong comes first; when nothing is, one quiet line says so. */
function WrongNow({ status }: { status: SystemStatus }) {
  const found = troubles(status);
  if (found.length === 0) {
    return (
      <p className="all-well">
        <CircleCheck aria-hidden /> Nothing is wrong.
      </p>
    );
  }
  return (
    <section className="sheet" aria-label="Wrong now">
      <ul className="problems">
        {found.map((trouble) => (
          <li key={trouble.title} className={`tone-${trouble.tone}`}>
            <i aria-hidden />
            <div>
              <h3>{trouble.title}</h3>
              <p>{trouble.detail}</p>
            </div>
            <Link href={trouble.to} aria-label={`Look: ${trouble.title}`}>
              Look
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PoolStrip({ pool }: { pool: Pool }) {
  const { status } = pool;
  const figures: [name: string, value: number, tone?: string, mark?: string][] = [
    ["Target", status.desired],
    ["Ready", status.ready, "tone-ready"],
    ["Starting", status.starting, "tone-starting", "outline"],
    ["Claiming", status.claiming, "tone-claiming"],
    ["Claimed", status.claimed, "tone-claimed"],
    ["Stuck", status.stuck, "tone-stuck"],
    ["Leaving", status.destroying, "tone-destroying"],
    ["In line", status.waiting],
  ];
  return (
    <article className="pool-strip" aria-label={`Pool ${pool.name}`}>
      <header>
        <h2>
          <Link href={`/instances?pool=${encodeURIComponent(pool.name)}`}>{pool.name}</Link>
        </h2>
        <p className="explanation">{status.explanation}</p>
      </header>
      <Rack status={status} />
      <dl className="figures">
        {figures.map(([name, value, tone, mark]) => (
          <div key={name} className={value === 0 ? "zero" : name === "Stuck" ? "alarm" : undefined}>
            <dt className={tone}>
              {tone && <i aria-hidden className={mark} />}
              {name}
            </dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
      </dl>
      <ul className="tags" aria-label="Conditions">
        {status.conditions.map((condition) => (
          <li key={condition.type} title={condition.message}>
            <Status of={toneOf(condition.type, condition.status)} label={words(condition.reason)} />
          </li>
        ))}
      </ul>
    </article>
  );
}

/** `Available` should be true; the others tell of trouble or work when they are. */
function toneOf(type: string, truth: string): string {
  if (truth === "Unknown") return "unknown";
  const holds = truth === "True";
  if (type === "Available") return holds ? "good" : "bad";
  if (type === "Degraded") return holds ? "bad" : "none";
  if (type === "Progressing") return holds ? "starting" : "none";
  return holds ? "warn" : "none";
}
