import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLocation } from "wouter";
import { listClaims } from "../../api/calls.ts";
import type { Claim, ClaimPhase } from "../../api/types.ts";
import { duration } from "../../format.ts";
import { useMay } from "../../session.tsx";
import { Age, PageHead, Status } from "../../ui/bits.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Search, Segments } from "../../ui/filters.tsx";
import { shortId } from "../../ui/object_link.tsx";
import { useQueryState } from "../../ui/query_state.ts";
import { Empty, Failed } from "../../ui/states.tsx";
import { type Column, Table } from "../../ui/table.tsx";

const PAGE = 100;
const PHASES: ClaimPhase[] = [
  "pending",
  "provisioning",
  "configuring",
  "pending_acceptance",
  "ready",
  "failed",
  "released",
];

/** How long it took, or where it stands in line. */
function progress(claim: Claim): string {
  if (claim.phase === "pending") {
    const place = claim.position == null ? "in line" : `number ${claim.position}`;
    return claim.estimateSeconds == null
      ? place
      : `${place}, about ${duration(claim.estimateSeconds * 1_000)}`;
  }
  if (claim.readyAt) return duration(Date.parse(claim.readyAt) - Date.parse(claim.createdAt));
  return "";
}

const COLUMNS: Column<Claim>[] = [
  { id: "agent", title: "Agent", cell: (row) => row.agentName },
  { id: "phase", title: "Phase", width: "11rem", cell: (row) => <Status of={row.phase} /> },
  { id: "progress", title: "Took", width: "11rem", from: "middle", cell: progress },
  {
    id: "instance",
    title: "Instance",
    width: "9.5rem",
    from: "wide",
    cell: (row) => <code>{row.instanceId ?? ""}</code>,
  },
  { id: "pool", title: "Pool", width: "8rem", from: "wide", cell: (row) => row.pool },
  {
    id: "id",
    title: "Claim",
    width: "7rem",
    from: "wide",
    cell: (row) => <code>{shortId(row.claimId)}</code>,
  },
  { id: "age", title: "Age", width: "4.5rem", number: true, cell: (row) => <Age at={row.createdAt} /> },
];

const matches = (claim: Claim, text: string) =>
  [claim.agentName, claim.claimId, claim.instanceId, claim.ownerId, claim.pool].some((it) =>
    it?.toLowerCase().includes(text),
  );

export function ClaimsPage() {
  const [, go] = useLocation();
  const [phase, setPhase] = useQueryState("phase", PHASES);
  const [text, setText] = useQueryState("q");
  const mayClaim = useMay("claimer");
  const claims = useInfiniteQuery({
    queryKey: ["claims", phase],
    queryFn: ({ pageParam }) => listClaims({ limit: PAGE, phase: phase || undefined, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const all = claims.data?.pages.flatMap((page) => page.items) ?? [];
    return wanted === "" ? all : all.filter((claim) => matches(claim, wanted));
  }, [claims.data, text]);
  return (
    <>
      <PageHead title="Claims">
        {mayClaim && (
          <ButtonLink to="/claims/new" look="first">
            New claim
          </ButtonLink>
        )}
      </PageHead>
      <div className="filters">
        <Search value={text} onChange={setText} placeholder="Agent, claim, instance, owner" />
      </div>
      <Segments
        label="Phase"
        value={phase}
        onChange={setPhase}
        choices={[{ value: "" }, ...PHASES.map((value) => ({ value }))]}
      />
      {claims.error && !claims.data ? (
        <Failed what="the claims" error={claims.error} again={() => claims.refetch()} />
      ) : (
        <Table
          label="Claims"
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => row.claimId}
          rowLabel={(row) => `${row.agentName}, ${row.phase}`}
          onOpen={(row) => go(`/claims/${row.claimId}`)}
          loading={claims.isPending}
          empty={
            <Empty title={phase === "" && text === "" ? "Nobody has claimed an agent yet" : "None like this"}>
              {phase === "" && text === "" && mayClaim && (
                <ButtonLink to="/claims/new">Make the first claim</ButtonLink>
              )}
            </Empty>
          }
          foot={
            claims.hasNextPage && (
              <Button
                className="tiny"
                busy={claims.isFetchingNextPage}
                onClick={() => claims.fetchNextPage()}
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
