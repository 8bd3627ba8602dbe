import type { Claim, ClaimPhase, JournalEvent } from "../../api/types.ts";
import { duration } from "../../format.ts";

export interface Step {
  phase: ClaimPhase;
  title: string;
  state: "done" | "now" | "later" | "failed";
  /** How long it took, or what it waits for. */
  note: string;
}

const PATH: [ClaimPhase, string, string][] = [
  ["pending", "Finding an agent", "An agent was found"],
  ["provisioning", "Making its tools", "Its tools are there"],
  ["configuring", "Telling it who it is", "It knows who it is"],
  ["ready", "The invite opens", "The invite works"],
];

/** `bound` is a moment between finding and making. */
const PLACE: Record<ClaimPhase, number> = {
  pending: 0,
  bound: 1,
  provisioning: 1,
  configuring: 2,
  pending_acceptance: 3,
  ready: 4,
  failed: -1,
  released: 4,
};

/** When each phase began, read from the journal. */
function begins(claim: Claim, timeline: JournalEvent[]): Map<number, number> {
  const at = new Map<number, number>([[0, Date.parse(claim.createdAt)]]);
  for (const event of timeline) {
    if (event.kind !== "claim" || event.to == null) continue;
    const place = PLACE[event.to as ClaimPhase];
    if (place > 0 && !at.has(place)) at.set(place, Date.parse(event.at));
  }
  if (claim.readyAt) at.set(4, Date.parse(claim.readyAt));
  return at;
}

function waiting(claim: Claim): string {
  const place = claim.position == null ? "in line" : `number ${claim.position} in line`;
  return claim.estimateSeconds == null ? place : `${place}, about ${duration(claim.estimateSeconds * 1_000)}`;
}

/** The way of a claim to its invite. */
export function stepsOf(claim: Claim, timeline: JournalEvent[]): Step[] {
  const at = begins(claim, timeline);
  const reached = claim.phase === "failed" ? Math.max(...at.keys()) : PLACE[claim.phase];
  return PATH.map(([phase, doing, did], place) => {
    const began = at.get(place);
    const ended = [place + 1, place + 2, place + 3]
      .map((next) => at.get(next))
      .find((time) => time !== undefined);
    const took = began !== undefined && ended !== undefined ? duration(ended - began) : "";
    if (place < reached || (phase === "ready" && reached >= 4))
      return { phase, title: did, state: "done", note: phase === "ready" ? "" : took };
    if (place > reached) return { phase, title: doing, state: "later", note: "" };
    if (claim.phase === "failed") return { phase, title: doing, state: "failed", note: "" };
    if (phase === "pending") return { phase, title: doing, state: "now", note: waiting(claim) };
    const title = claim.phase === "pending_acceptance" ? "Waiting to be let into the conversation" : doing;
    return { phase, title, state: "now", note: "" };
  });
}

/** Nothing more will happen by itself. */
export const isOver = (phase: ClaimPhase) => phase === "ready" || phase === "failed" || phase === "released";
