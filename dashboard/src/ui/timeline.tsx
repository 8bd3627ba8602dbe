import type { JournalEvent } from "../api/types.ts";
import { words } from "../format.ts";
import { Moment } from "./bits.tsx";
import { Empty } from "./states.tsx";

/** What happened to a record, newest first. */
export function Timeline({ events }: { events: JournalEvent[] }) {
  if (events.length === 0) return <Empty title="Nothing is written about it" />;
  const newest = [...events].sort((a, b) => b.eventId - a.eventId);
  return (
    <ol className="timeline">
      {newest.map((event) => (
        <li key={event.eventId} className={`tone-${event.to ?? "none"}`}>
          <span className="when">
            <Moment at={event.at} />
          </span>
          <span className="dot" aria-hidden />
          <div>
            <p className="what">{event.message}</p>
            <p className="by">
              {event.from && event.to ? `${words(event.from)} → ${words(event.to)}, ` : ""}
              {`${event.reason} by ${event.actor}`}
              {event.cause && `, because of ${event.cause}`}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}
