import type { JournalEvent } from "../api/types.ts";

/** Newest first, each once: a list that was just read may hold what the stream brings. */
export function withEvent(events: JournalEvent[], event: JournalEvent, most: number): JournalEvent[] {
  if (events.some((known) => known.eventId === event.eventId)) return events;
  return [event, ...events].sort((a, b) => b.eventId - a.eventId).slice(0, most);
}
