import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { useMemo, useState } from "react";
import { listEvents } from "../api/calls.ts";
import type { JournalEvent, Kind, Page } from "../api/types.ts";
import { withEvent } from "../live/events.ts";
import { useHear } from "../live/live.tsx";
import { Moment, PageHead } from "../ui/bits.tsx";
import { Button } from "../ui/button.tsx";
import { Pick, Search } from "../ui/filters.tsx";
import { ObjectLink } from "../ui/object_link.tsx";
import { useQueryState } from "../ui/query_state.ts";
import { Empty, Failed } from "../ui/states.tsx";
import { type Column, Table } from "../ui/table.tsx";

const PAGE = 100;
/** A page that is open for days does not grow for days. */
const LIVE_MOST = 2_000;
const KINDS: Kind[] = ["pool", "instance", "claim", "destroy_request", "template", "key"];

const COLUMNS: Column<JournalEvent>[] = [
  { id: "at", title: "When", width: "7.5rem", cell: (row) => <Moment at={row.at} /> },
  {
    id: "object",
    title: "What",
    width: "13rem",
    from: "middle",
    cell: (row) => <ObjectLink kind={row.kind} object={row.object} />,
  },
  { id: "message", title: "What happened", cell: (row) => <span title={row.message}>{row.message}</span> },
  { id: "reason", title: "Reason", width: "11rem", from: "wide", cell: (row) => row.reason },
  { id: "actor", title: "By", width: "11rem", from: "wide", cell: (row) => row.actor },
];

type Pages = InfiniteData<Page<JournalEvent>, string | undefined>;

const matches = (event: JournalEvent, text: string) =>
  [event.message, event.object, event.reason, event.actor, event.cause].some((it) =>
    it?.toLowerCase().includes(text),
  );

export function EventsPage() {
  const client = useQueryClient();
  const [kind, setKind] = useQueryState("kind", KINDS);
  const [text, setText] = useQueryState("q");
  const [paused, setPaused] = useState(false);
  const key = ["journal", kind];
  const events = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => listEvents({ limit: PAGE, kind: kind || undefined, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  useHear((event) => {
    if (paused || (kind !== "" && event.kind !== kind)) return;
    client.setQueryData<Pages>(key, (data) => {
      const first = data?.pages[0];
      if (data === undefined || first === undefined) return data;
      const items = withEvent(first.items, event, LIVE_MOST);
      return { ...data, pages: [{ ...first, items }, ...data.pages.slice(1)] };
    });
  });
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const all = events.data?.pages.flatMap((page) => page.items) ?? [];
    return wanted === "" ? all : all.filter((event) => matches(event, wanted));
  }, [events.data, text]);
  const toggle = () => {
    setPaused(!paused);
    // What happened meanwhile is read when it goes on.
    if (paused) void client.resetQueries({ queryKey: key });
  };
  return (
    <>
      <PageHead title="Events">
        <Button onClick={toggle} aria-pressed={paused}>
          {paused ? <Play aria-hidden /> : <Pause aria-hidden />}
          {paused ? "Go on" : "Hold still"}
        </Button>
      </PageHead>
      <div className="filters">
        <Search value={text} onChange={setText} placeholder="Message, object, reason, actor" />
        <Pick label="Kind" value={kind} values={KINDS} all="Everything" onChange={setKind} />
      </div>
      {events.error && !events.data ? (
        <Failed what="the journal" error={events.error} again={() => events.refetch()} />
      ) : (
        <Table
          label="Events"
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => String(row.eventId)}
          rowLabel={(row) => row.message}
          loading={events.isPending}
          empty={<Empty title={kind === "" && text === "" ? "Nothing has happened yet" : "None like this"} />}
          foot={
            events.hasNextPage && (
              <Button
                className="tiny"
                busy={events.isFetchingNextPage}
                onClick={() => events.fetchNextPage()}
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
