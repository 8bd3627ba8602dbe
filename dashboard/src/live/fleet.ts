/** All instances, page after page, and kept new one by one. */
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { getInstance, listInstances, PAGE_ROWS } from "../api/calls.ts";
import type { Instance } from "../api/types.ts";

/** More than this is not held in a browser; the table says so. */
export const ROWS_MAX = 20_000;
/** More changes at once than this are read as a whole. */
const SINGLY_MAX = 20;
/** The whole is read again at most this often. */
const WHOLE_MILLISECONDS = 10_000;

export interface Fleet {
  rows: Instance[];
  /** All there is was read. */
  complete: boolean;
}

const key = (deleted: boolean) => ["fleet", deleted];

async function readAll(client: QueryClient, deleted: boolean, signal: AbortSignal): Promise<Fleet> {
  const known = client.getQueryData<Fleet>(key(deleted));
  const rows: Instance[] = [];
  let cursor: string | undefined;
  while (rows.length < ROWS_MAX) {
    signal.throwIfAborted();
    const page = await listInstances({ limit: PAGE_ROWS, cursor, includeDeleted: deleted || undefined });
    rows.push(...page.items);
    if (!page.nextCursor) return { rows, complete: true };
    cursor = page.nextCursor;
    // The first time the table fills while it reads; later what is there stays until the new is complete.
    if (known === undefined) client.setQueryData(key(deleted), { rows: [...rows], complete: false });
  }
  return { rows, complete: false };
}

export function useFleet(deleted: boolean) {
  const client = useQueryClient();
  return useQuery<Fleet>({
    queryKey: key(deleted),
    queryFn: ({ signal }) => readAll(client, deleted, signal),
    staleTime: WHOLE_MILLISECONDS,
    refetchInterval: 60_000,
  });
}

/** Puts changed instances in their place; new ones come first, as the list gives them. */
export function patched(fleet: Fleet, changed: Instance[], deleted: boolean): Fleet {
  const byId = new Map(changed.map((instance) => [instance.instanceId, instance]));
  const shown = (instance: Instance) => deleted || instance.status !== "deleted";
  const rows = fleet.rows.map((row) => {
    const newer = byId.get(row.instanceId);
    byId.delete(row.instanceId);
    return newer ?? row;
  });
  const added = [...byId.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return { ...fleet, rows: [...added, ...rows].filter(shown) };
}

/** Reads what changed, where the fleet is on the page at all. */
export async function refreshFleet(client: QueryClient, ids: string[]) {
  const known = client
    .getQueriesData<Fleet>({ queryKey: ["fleet"] })
    .filter(([, fleet]) => fleet !== undefined);
  if (known.length === 0 || ids.length === 0) return;
  if (ids.length > SINGLY_MAX) {
    await client.invalidateQueries({
      queryKey: ["fleet"],
      predicate: (query) => Date.now() - query.state.dataUpdatedAt > WHOLE_MILLISECONDS,
    });
    return;
  }
  const read = await Promise.all(ids.map((id) => getInstance(id).catch(() => null)));
  const changed = read.filter((instance) => instance !== null);
  for (const [queryKey] of known) {
    client.setQueryData<Fleet>(queryKey, (fleet) => fleet && patched(fleet, changed, queryKey[1] === true));
  }
}
