import { useDeferredValue, useMemo, useState } from "react";
import { useLocation } from "wouter";
import type { Instance, InstanceStatus } from "../../api/types.ts";
import { count, shortImage } from "../../format.ts";
import { useFleet } from "../../live/fleet.ts";
import { useStatus } from "../../queries.ts";
import { Age, PageHead, Status } from "../../ui/bits.tsx";
import { Pick, Search, Segments } from "../../ui/filters.tsx";
import { useQueryState } from "../../ui/query_state.ts";
import { Empty, Failed } from "../../ui/states.tsx";
import { type Column, type Sort, Table } from "../../ui/table.tsx";

const LIVES: InstanceStatus[] = ["ready", "starting", "claiming", "claimed", "stuck", "destroying"];

const COLUMNS: Column<Instance>[] = [
  {
    id: "name",
    title: "Agent",
    by: (row) => row.name.toLowerCase(),
    cell: (row) => (row.agentName ? row.agentName : <code>{row.instanceId}</code>),
  },
  {
    id: "status",
    title: "Status",
    width: "8.5rem",
    by: (row) => row.status,
    cell: (row) => <Status of={row.status} />,
  },
  {
    id: "since",
    title: "For",
    width: "4.5rem",
    number: true,
    by: (row) => row.statusSince,
    cell: (row) => <Age at={row.statusSince} />,
  },
  {
    id: "health",
    title: "Deployment",
    width: "9.5rem",
    from: "middle",
    by: (row) => row.deployStatus,
    cell: (row) => <Status of={row.deployStatus} />,
  },
  { id: "pool", title: "Pool", width: "9rem", from: "wide", by: (row) => row.pool, cell: (row) => row.pool },
  {
    id: "id",
    title: "Instance",
    width: "9.5rem",
    from: "wide",
    by: (row) => row.instanceId,
    cell: (row) => <code>{row.instanceId}</code>,
  },
  {
    id: "image",
    title: "Image",
    width: "13rem",
    from: "wide",
    by: (row) => row.image ?? "",
    cell: (row) => <code title={row.image ?? ""}>{row.image ? shortImage(row.image) : ""}</code>,
  },
  {
    id: "age",
    title: "Age",
    width: "4.5rem",
    from: "middle",
    number: true,
    by: (row) => row.createdAt,
    cell: (row) => <Age at={row.createdAt} />,
  },
];

const texts = (row: Instance) => [
  row.name,
  row.instanceId,
  row.image,
  row.ownerId,
  row.claimId,
  row.url,
  row.conversationId,
];

export function matches(row: Instance, pool: string, status: string, text: string): boolean {
  if (pool !== "" && row.pool !== pool) return false;
  if (status !== "" && row.status !== status) return false;
  return text === "" || texts(row).some((it) => it?.toLowerCase().includes(text));
}

export function InstancesPage() {
  const [, go] = useLocation();
  const [pool, setPool] = useQueryState("pool");
  const [status, setStatus] = useQueryState("status");
  const [text, setText] = useQueryState("q");
  const [sort, setSort] = useState<Sort>({ column: "age", down: true });
  const deleted = status === "deleted";
  const fleet = useFleet(deleted);
  const system = useStatus();
  const pools = system.data?.pools.map((it) => it.name) ?? [];
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const all = fleet.data?.rows;
  const rows = useMemo(
    () => (all ?? []).filter((row) => matches(row, pool, status, wanted)),
    [all, pool, status, wanted],
  );
  const counts = useMemo(
    () => countsOf((all ?? []).filter((row) => matches(row, pool, "", wanted))),
    [all, pool, wanted],
  );

  return (
    <>
      <PageHead title="Instances" />
      <div className="filters">
        <Search value={text} onChange={setText} placeholder="Name, id, image, owner" />
        {pools.length > 1 && (
          <Pick label="Pool" value={pool} values={pools} all="All pools" onChange={setPool} />
        )}
      </div>
      <Segments
        label="Status"
        value={status}
        onChange={setStatus}
        choices={[
          { value: "", count: deleted ? undefined : sum(counts) },
          ...LIVES.map((it) => ({ value: it, count: deleted ? undefined : (counts.get(it) ?? 0) })),
          { value: "deleted" },
        ]}
      />
      {fleet.error && !fleet.data ? (
        <Failed what="the instances" error={fleet.error} again={() => fleet.refetch()} />
      ) : (
        <Table
          label="Instances"
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => row.instanceId}
          rowLabel={(row) => `${row.name}, ${row.status}`}
          onOpen={(row) => go(`/instances/${row.instanceId}`)}
          loading={fleet.isPending}
          sort={sort}
          onSort={setSort}
          empty={<NoInstances filtered={pool !== "" || status !== "" || text !== ""} />}
          foot={
            fleet.data?.complete === false && <span>{`${count(fleet.data.rows.length)} read so far`}</span>
          }
        />
      )}
    </>
  );
}

function NoInstances({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title="None like this">
        <p>No instance matches these filters.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No instances yet">
      <p>The pool makes them by itself as soon as its target is above zero.</p>
    </Empty>
  );
}

function countsOf(rows: Instance[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.status, (counts.get(row.status) ?? 0) + 1);
  return counts;
}

const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, each) => total + each, 0);
