import type { Reconciler, Tool } from "../../api/types.ts";
import { duration, words } from "../../format.ts";
import { useStatus, useTools } from "../../queries.ts";
import { Age, Facts, PageHead, Status } from "../../ui/bits.tsx";
import { Empty, Failed, Ghosts } from "../../ui/states.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { errorsColumn, LanesAndBudgets, Vendors } from "./outside.tsx";

const LATE_SECONDS = 60;

const QUEUES: Column<Reconciler>[] = [
  { id: "kind", title: "Reconciler", width: "8rem", cell: (row) => words(row.kind) },
  {
    id: "state",
    title: "State",
    width: "8rem",
    cell: (row) => (
      <Status
        of={row.oldestDueSeconds > LATE_SECONDS ? "warn" : "good"}
        label={row.oldestDueSeconds > LATE_SECONDS ? "behind" : "keeps up"}
      />
    ),
  },
  { id: "depth", title: "Due", width: "5rem", number: true, cell: (row) => row.depth },
  {
    id: "leased",
    title: "In work",
    width: "5.5rem",
    number: true,
    from: "middle",
    cell: (row) => row.leased,
  },
  {
    id: "oldest",
    title: "Oldest",
    width: "6.5rem",
    number: true,
    from: "middle",
    cell: (row) => (row.depth === 0 ? "" : duration(row.oldestDueSeconds * 1_000)),
  },
  {
    id: "retrying",
    title: "Retrying",
    width: "6rem",
    number: true,
    from: "middle",
    cell: (row) => <span className={row.retrying > 0 ? "tone-text-warn" : undefined}>{row.retrying}</span>,
  },
  errorsColumn(),
  {
    id: "error",
    title: "Last error",
    from: "wide",
    cell: (row) => <span title={row.lastError ?? undefined}>{row.lastError}</span>,
  },
];

const TOOLS: Column<Tool>[] = [
  { id: "name", title: "Tool", cell: (row) => row.name },
  {
    id: "state",
    title: "State",
    width: "9rem",
    cell: (row) => (
      <Status
        of={!row.configured ? "none" : row.problem ? "warn" : "good"}
        label={!row.configured ? "not set up" : row.problem ? "in trouble" : "works"}
      />
    ),
  },
  {
    id: "by",
    title: "Accounts",
    width: "12rem",
    from: "middle",
    cell: (row) => row.provisioning.map((each) => (each === "pool" ? "made here" : "brought")).join(", "),
  },
  {
    id: "always",
    title: "For",
    width: "9rem",
    from: "wide",
    cell: (row) => (row.always ? "every agent" : "those that ask"),
  },
  {
    id: "problem",
    title: "What is wrong",
    from: "middle",
    cell: (row) => <span title={row.problem ?? undefined}>{row.problem}</span>,
  },
];

export function SystemPage() {
  const status = useStatus();
  const tools = useTools();
  return (
    <>
      <PageHead title="System" />
      {status.error && !status.data ? (
        <Failed what="the state of the system" error={status.error} again={() => status.refetch()} />
      ) : (
        <>
          <section className="stack tight" aria-label="Processes">
            <h2>Processes</h2>
            {status.data ? (
              <Facts
                of={[
                  ["pool", <Status key="pool" of="good" label={`answers, version ${status.data.version}`} />],
                  ["at work", status.data.replicas.join(", ")],
                  ["services", <Services key="services" />],
                ]}
              />
            ) : (
              <Ghosts lines={2} />
            )}
          </section>
          {status.data && (
            <section className="stack tight" aria-label="Reconcilers">
              <h2>Reconcilers</h2>
              <Table
                label="Reconcilers"
                columns={QUEUES}
                rows={status.data.reconcilers}
                rowKey={(row) => row.kind}
                empty={<Empty title="None reports" />}
              />
            </section>
          )}
          {status.data && <LanesAndBudgets of={status.data} />}
          {status.data && <Vendors of={status.data.vendors} />}
        </>
      )}
      {!status.isPending && (
        <section className="stack tight" aria-label="Tools">
          <h2>Tools</h2>
          {tools.error && !tools.data ? (
            <Failed what="the tools" error={tools.error} again={() => tools.refetch()} />
          ) : (
            <Table
              label="Tools"
              columns={TOOLS}
              rows={tools.data?.items ?? []}
              rowKey={(row) => row.toolId}
              loading={tools.isPending}
              empty={<Empty title="No tool is known" />}
            />
          )}
        </section>
      )}
    </>
  );
}

function Services() {
  const services = useStatus().data?.services;
  if (services === undefined) return null;
  return (
    <>
      <Status
        of={services.reachable ? "good" : "bad"}
        label={services.reachable ? "answers" : "does not answer"}
      />
      {services.answeredAt && (
        <span className="quiet">
          {", last "}
          <Age at={services.answeredAt} ago />
        </span>
      )}
      {services.problem && <p>{services.problem}</p>}
    </>
  );
}
