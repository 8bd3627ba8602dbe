import { useInfiniteQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { listDestroyRequests } from "../api/calls.ts";
import type { DestroyPhase, DestroyReason, DestroyRequest } from "../api/types.ts";
import { duration, words } from "../format.ts";
import { Age, PageHead, Status } from "../ui/bits.tsx";
import { Button } from "../ui/button.tsx";
import { Pick, Segments } from "../ui/filters.tsx";
import { useQueryState } from "../ui/query_state.ts";
import { Empty, Failed } from "../ui/states.tsx";
import { type Column, Table } from "../ui/table.tsx";

const PAGE = 100;
const PHASES: DestroyPhase[] = ["pending", "destroying", "done"];
const REASONS: DestroyReason[] = [
  "operator",
  "surplus",
  "stuck",
  "expired",
  "released",
  "self",
  "tainted",
  "rollout",
  "failed_create",
];

const REASON_WORDS: Record<DestroyReason, string> = {
  operator: "a person asked",
  surplus: "more than the pool wants",
  stuck: "unwell for too long",
  expired: "its time was over",
  released: "its claim was released",
  self: "the agent asked",
  tainted: "personalised, then not needed",
  rollout: "replaced by a newer image",
  failed_create: "could not be created",
};

const took = (row: DestroyRequest) =>
  row.doneAt ? duration(Date.parse(row.doneAt) - Date.parse(row.createdAt)) : "";

const COLUMNS: Column<DestroyRequest>[] = [
  { id: "instance", title: "Instance", width: "10rem", cell: (row) => <code>{row.instanceId}</code> },
  { id: "phase", title: "Phase", width: "8.5rem", cell: (row) => <Status of={row.phase} /> },
  { id: "reason", title: "Why", from: "middle", cell: (row) => REASON_WORDS[row.reason] },
  { id: "by", title: "Asked by", width: "11rem", from: "wide", cell: (row) => row.requestedBy },
  {
    id: "trouble",
    title: "Last trouble",
    from: "wide",
    cell: (row) =>
      row.phase === "done" || !row.lastError ? (
        ""
      ) : (
        <span title={row.lastError}>{`${row.attempts} failed: ${row.lastError}`}</span>
      ),
  },
  { id: "took", title: "Took", width: "7rem", from: "wide", number: true, cell: took },
  { id: "age", title: "Age", width: "4.5rem", number: true, cell: (row) => <Age at={row.createdAt} /> },
];

export function DestroyRequestsPage() {
  const [, go] = useLocation();
  const [phase, setPhase] = useQueryState("phase", PHASES);
  const [reason, setReason] = useQueryState("reason", REASONS);
  const requests = useInfiniteQuery({
    queryKey: ["destroy-requests", phase, reason],
    queryFn: ({ pageParam }) =>
      listDestroyRequests({
        limit: PAGE,
        phase: phase || undefined,
        reason: reason || undefined,
        cursor: pageParam,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const filtered = phase !== "" || reason !== "";
  return (
    <>
      <PageHead
        title="Destroy requests"
        lead="Each ends when everything that was made for the instance is confirmed gone."
      />
      <div className="filters">
        <Pick label="Reason" value={reason} values={REASONS} all={`Every reason`} onChange={setReason} />
      </div>
      <Segments
        label="Phase"
        value={phase}
        onChange={setPhase}
        choices={[{ value: "" }, ...PHASES.map((value) => ({ value, label: words(value) }))]}
      />
      {requests.error && !requests.data ? (
        <Failed what="the destroy requests" error={requests.error} again={() => requests.refetch()} />
      ) : (
        <Table
          label="Destroy requests"
          columns={COLUMNS}
          rows={requests.data?.pages.flatMap((page) => page.items) ?? []}
          rowKey={(row) => row.destroyRequestId}
          rowLabel={(row) => `${row.instanceId}, ${row.phase}`}
          onOpen={(row) => go(`/instances/${row.instanceId}`)}
          loading={requests.isPending}
          empty={<Empty title={filtered ? "None like this" : "Nothing was ever destroyed"} />}
          foot={
            requests.hasNextPage && (
              <Button
                className="tiny"
                busy={requests.isFetchingNextPage}
                onClick={() => requests.fetchNextPage()}
              >
                Show older ones
              </Button>
            )
          }
        />
      )}
    </>
  );
}
