// When the messenger's process is started again, and what its words mean. Decisions only.

/** A life of this length starts the count anew. */
export const STEADY_MS = 60_000;
/** Starts after a crash, in a row. */
export const RESTARTS_MAX = 5;
/** The pause before the nth of them is n times this. */
export const RESTART_PAUSE_MS = 2_000;
/** A pending join is asked for again after n times the first, never later than the second. */
export const JOIN_PAUSE_MS = 15_000;
export const JOIN_PAUSE_MAX_MS = 120_000;

/** Starting again cannot help against these: what is missing does not come back by itself. */
const FATAL = [/conversation not found/i, /no identity found/i, /identity not found/i];
/** Of those, the ones that say that the conversation is over, for us at least. */
const OVER = [/conversation not found/i];
/** An invitation that will never let anybody in. */
const INVITE_DEAD = [/invalid invite/i, /invite.*expired/i, /expired.*invite/i, /invite.*revoked/i, /could not (decode|parse).*invite/i];

const some = (patterns, text) => patterns.some((pattern) => pattern.test(text));

export const isFatal = (text) => some(FATAL, text);
export const isOver = (text) => some(OVER, text);
export const isDeadInvite = (text) => some(INVITE_DEAD, text);

/** Whether a message is the messenger's own note that somebody went. People cannot write notes of this type. */
export const isDeparture = (event) => event.contentType?.typeId === "group_updated" && / removed | left the group/.test(event.content ?? "");

/** Counts crashes in a row. */
export class RestartPolicy {
  #crashes = 0;

  /** The pause before the next start, or null to give up. */
  crashed(livedMs) {
    this.#crashes = livedMs >= STEADY_MS ? 1 : this.#crashes + 1;
    return this.#crashes > RESTARTS_MAX ? null : this.#crashes * RESTART_PAUSE_MS;
  }
}

/** The pause before the nth try of a pending join. */
export const joinPause = (attempt) => Math.min(attempt * JOIN_PAUSE_MS, JOIN_PAUSE_MAX_MS);
