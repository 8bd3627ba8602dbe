import { Link } from "wouter";
import type { Kind } from "../api/types.ts";

const ROOMS: Partial<Record<Kind, string>> = {
  instance: "/instances/",
  claim: "/claims/",
  template: "/templates/",
};

const NAMES: Record<Kind, string> = {
  pool: "Pool",
  instance: "Instance",
  claim: "Claim",
  destroy_request: "Destroy request",
  template: "Template",
  key: "Key",
};

/** Long ids are told apart by their beginning. */
export const shortId = (id: string) => (id.length > 16 ? id.slice(0, 8) : id);

/** What an event speaks of, with a way to it. */
export function ObjectLink({ kind, object }: { kind: Kind; object: string }) {
  const room = ROOMS[kind];
  const text = (
    <>
      {NAMES[kind]} <code>{shortId(object)}</code>
    </>
  );
  if (kind === "pool") return <Link href={`/instances?pool=${encodeURIComponent(object)}`}>{text}</Link>;
  return room === undefined ? (
    <span>{text}</span>
  ) : (
    <Link href={room + encodeURIComponent(object)}>{text}</Link>
  );
}
