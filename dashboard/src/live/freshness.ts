import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { JournalEvent } from "../api/types.ts";
import { refreshFleet } from "./fleet.ts";

/** Events are gathered for this long, so that a busy pool does not make a request an event. */
const GATHER_MILLISECONDS = 400;
/** Nothing that covers the whole is asked for more often. */
const WHOLE_MILLISECONDS = 5_000;

/** The queries that an event of one record makes old. */
function touched(event: JournalEvent): QueryKey[] {
  switch (event.kind) {
    case "instance":
      return [
        ["instance", event.object],
        ["explain", "instances", event.object],
      ];
    case "claim":
      return [
        ["claim", event.object],
        ["explain", "claims", event.object],
      ];
    case "destroy_request":
      return [["explain", "destroy-requests", event.object]];
    case "template":
      return [["template", event.object]];
    case "pool":
      return [
        ["pool", event.object],
        ["explain", "pools", event.object],
      ];
    default:
      return [];
  }
}

const LISTS: Record<JournalEvent["kind"], string> = {
  instance: "status",
  claim: "claims",
  destroy_request: "destroy-requests",
  template: "templates",
  pool: "status",
  key: "keys",
};

/** Has asked again what events made old: single records soon, lists and totals at most each 5 s. */
export class Freshness {
  #client: QueryClient;
  #records = new Map<string, QueryKey>();
  #instances = new Set<string>();
  #lists = new Set<string>();
  #soon: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #wholeAt = 0;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  note(event: JournalEvent) {
    for (const key of touched(event)) this.#records.set(JSON.stringify(key), key);
    if (event.kind === "instance") this.#instances.add(event.object);
    this.#lists.add(LISTS[event.kind]);
    if (event.kind === "claim") this.#lists.add("status");
    this.#soon ??= setTimeout(() => this.#refreshRecords(), GATHER_MILLISECONDS);
    const wait = Math.max(GATHER_MILLISECONDS, this.#wholeAt + WHOLE_MILLISECONDS - Date.now());
    this.#later ??= setTimeout(() => this.#refreshLists(), wait);
  }

  stop() {
    clearTimeout(this.#soon);
    clearTimeout(this.#later);
  }

  #refreshRecords() {
    this.#soon = undefined;
    for (const queryKey of this.#records.values()) void this.#client.invalidateQueries({ queryKey });
    this.#records.clear();
    void refreshFleet(this.#client, [...this.#instances]);
    this.#instances.clear();
  }

  #refreshLists() {
    this.#later = undefined;
    this.#wholeAt = Date.now();
    for (const list of this.#lists) void this.#client.invalidateQueries({ queryKey: [list] });
    this.#lists.clear();
  }
}
