import type { Pool, SystemStatus } from "../../api/types.ts";
import { count, counted, duration } from "../../format.ts";

export interface Trouble {
  tone: "bad" | "warn";
  title: string;
  detail: string;
  /** Where to look on. */
  to: string;
}

/** A queue whose oldest record waits longer than this is not kept up with. */
const QUEUE_LATE_SECONDS = 60;

function ofPool(pool: Pool): Trouble[] {
  const { name, status } = pool;
  const found: Trouble[] = [];
  const condition = (type: string, truth: "True" | "False") =>
    status.conditions.find((it) => it.type === type && it.status === truth);
  const instances = `/instances?pool=${encodeURIComponent(name)}`;

  const degraded = condition("Degraded", "True");
  if (degraded)
    found.push({ tone: "bad", title: `Pool ${name} is degraded`, detail: degraded.message, to: instances });
  if (status.ready === 0 && status.desired > 0) {
    const line =
      status.waiting > 0 ? `${counted(status.waiting, "claim")} in line` : "a claim would have to wait";
    const coming = status.starting > 0 ? `${counted(status.starting, "agent")} starting` : "none is starting";
    found.push({
      tone: "bad",
      title: `Pool ${name} has no ready agent`,
      detail: `${line}; ${coming}`,
      to: instances,
    });
  } else if (status.waiting > 0) {
    found.push({
      tone: "warn",
      title: `${counted(status.waiting, "claim")} in line for pool ${name}`,
      detail: `${status.ready} ready, ${status.starting} starting`,
      to: "/claims",
    });
  }
  if (status.stuck > 0) {
    found.push({
      tone: "bad",
      title: `${counted(status.stuck, "agent")} stuck in pool ${name}`,
      detail: `unwell for longer than ${duration(pool.spec.stuckTimeoutMs)}`,
      to: `${instances}&status=stuck`,
    });
  }
  const limited = condition("Limited", "True");
  if (limited)
    found.push({ tone: "warn", title: `Pool ${name} is full`, detail: limited.message, to: "/settings" });
  if (pool.spec.paused) {
    found.push({
      tone: "warn",
      title: `Pool ${name} is paused`,
      detail: "it neither creates nor shrinks",
      to: "/settings",
    });
  }
  return found;
}

/** Below this share of a budget `services` serves claims and destructions only. */
export const BUDGET_SHARE_LOW = 0.1;

/** What is wrong now, the worst first. */
export function troubles(status: SystemStatus): Trouble[] {
  const found = status.pools.flatMap(ofPool);
  if (!status.services.reachable) {
    found.push({
      tone: "bad",
      title: "services does not answer",
      detail: status.services.problem ?? "nothing can be created or destroyed until it does",
      to: "/system",
    });
  }
  for (const vendor of status.vendors) {
    if (!vendor.problem) continue;
    const title = `The vendor of ${vendor.name} is in trouble`;
    found.push({ tone: "warn", title, detail: vendor.problem, to: "/system" });
  }
  for (const budget of status.budgets) {
    if (budget.remaining >= budget.allowance * BUDGET_SHARE_LOW) continue;
    const title = `Requests to ${budget.name} run out`;
    const detail = `${count(Math.floor(budget.remaining))} of ${count(budget.allowance)} left: only claims and destructions are served`;
    found.push({ tone: "bad", title, detail, to: "/system" });
  }
  for (const queue of status.reconcilers) {
    if (queue.oldestDueSeconds < QUEUE_LATE_SECONDS) continue;
    found.push({
      tone: "warn",
      title: `The ${queue.kind} reconciler is behind`,
      detail: `the oldest of ${counted(queue.depth, "record")} waits ${duration(queue.oldestDueSeconds * 1_000)}`,
      to: "/system",
    });
  }
  return found.sort((a, b) => Number(a.tone === "warn") - Number(b.tone === "warn"));
}
