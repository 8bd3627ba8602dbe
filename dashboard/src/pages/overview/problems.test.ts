import { expect, test } from "vitest";
import type { SystemStatus } from "../../api/types.ts";
import { FakePool, TOOLS } from "../../testing/fake_pool.ts";
import { troubles } from "./problems.ts";

const healthy = (): SystemStatus => ({
  version: "0",
  pools: [new FakePool(8).pool()],
  reconcilers: [],
  replicas: [],
  vendors: [],
  conditions: [],
  counts: { ready: 4, starting: 0, claiming: 0, claimed: 0, stuck: 0, destroying: 0, waiting: 0 },
  services: { reachable: true },
});
const titles = (status: SystemStatus) => troubles(status, []).map((it) => it.title);

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

test("a queue that is late, a vendor in trouble and silent services are said", () => {
  const status = healthy();
  status.services = { reachable: false, problem: "connection refused" };
  status.reconcilers = [{ kind: "destroy_request", depth: 4, leased: 0, oldestDueSeconds: 125, retrying: 1 }];
  expect(troubles(status, TOOLS).map((it) => it.title)).toEqual([
    "services does not answer",
    "Text messages is in trouble",
    "The destroy request reconciler is behind",
  ]);
});
