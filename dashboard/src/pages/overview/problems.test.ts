import { expect, test } from "vitest";
import type { SystemStatus } from "../../api/types.ts";
import { FakePool, VENDORS } from "../../testing/fake_pool.ts";
import { troubles } from "./problems.ts";

const healthy = (): SystemStatus => ({
  version: "0",
  pools: [new FakePool(8).pool()],
  reconcilers: [],
  replicas: [],
  vendors: [],
  budgets: [],
  lanes: [],
  shelf: { target: 0, kept: 0, free: 0 },
  conditions: [],
  counts: { ready: 4, starting: 0, claiming: 0, claimed: 0, stuck: 0, destroying: 0, waiting: 0 },
  services: { reachable: true },
});
const titles = (status: SystemStatus) => troubles(status).map((it) => it.title);

test("a healthy system has no trouble", () => {
  expect(titles(healthy())).toEqual([]);
});

test("what is bad comes before what is only worth a look", () => {
  const status = healthy();
  const [pool] = status.pools;
  if (pool) Object.assign(pool.status, { ready: 0, waiting: 3, stuck: 2 });
  if (pool) pool.spec = { ...pool.spec, paused: true };
  expect(titles(status)).toEqual([
    "Pool default has no ready agent",
    "2 agents stuck in pool default",
    "Pool default is paused",
  ]);
});

test("a queue that is late, a vendor in trouble, a budget that runs out and silent services are said", () => {
  const status = healthy();
  status.services = { reachable: false, problem: "connection refused" };
  status.vendors = VENDORS;
  status.budgets = [
    { name: "compute 1", allowance: 1_000, remaining: 99, resetsAt: "2026-01-01T00:00:00Z" },
    { name: "compute 2", allowance: 1_000, remaining: 100, resetsAt: "2026-01-01T00:00:00Z" },
  ];
  status.reconcilers = [
    { kind: "destroy", depth: 4, leased: 0, oldestDueSeconds: 125, retrying: 1, errors: 3 },
  ];
  expect(titles(status)).toEqual([
    "services does not answer",
    "Requests to compute 1 run out",
    "The vendor of sms is in trouble",
    "The destroy reconciler is behind",
  ]);
});
