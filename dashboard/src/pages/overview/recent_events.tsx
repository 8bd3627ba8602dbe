import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { listEvents } from "../../api/calls.ts";
import type { JournalEvent, Page } from "../../api/types.ts";
import { withEvent } from "../../live/events.ts";
import { useHear } from "../../live/live.tsx";
import { Age } from "../../ui/bits.tsx";
import { ObjectLink } from "../../ui/object_link.tsx";
import { Empty, Failed, Ghosts } from "../../ui/states.tsx";

const SHOWN = 12;
const KEY = ["events", "recent"];

/** The newest lines of the journal, as they are written. */
export function RecentEvents() {
  const client = useQueryClient();
  const events = useQuery({ queryKey: KEY, queryFn: () => listEvents({ limit: SHOWN }) });
  useHear((event) =>
    client.setQueryData<Page<JournalEvent>>(
      KEY,
      (page) => page && { items: withEvent(page.items, event, SHOWN) },
    ),
  );
  return (
    <section className="stack tight" aria-label="What happens">
      <div className="section-head">
        <h2>What happens</h2>
        <Link href="/events">All events</Link>
      </div>
      {events.isPending && <Ghosts lines={SHOWN} height="1.6rem" />}
      {events.error && !events.data && (
        <Failed what="the journal" error={events.error} again={() => events.refetch()} />
      )}
      {events.data?.items.length === 0 && <Empty title="Nothing has happened yet" />}
      <ol className="feed">
        {events.data?.items.map((event) => (
          <li key={event.eventId}>
            <span className="when">
              <Age at={event.at} />
            </span>
            <p>
              <ObjectLink kind={event.kind} object={event.object} /> {event.message}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
