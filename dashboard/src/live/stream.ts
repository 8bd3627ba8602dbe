/** The journal, live: one stream for all pages, which says when it is down. */
import type { JournalEvent } from "../api/types.ts";
import { SseReader } from "./sse.ts";

/** The pool sends at least a comment each 15 s; silence for this long means that the connection is dead. */
const SILENCE_MILLISECONDS = 40_000;
const RETRY_FIRST_MILLISECONDS = 1_000;
const RETRY_MOST_MILLISECONDS = 15_000;

export interface StreamState {
  state: "opening" | "open" | "down";
  /** When it last was open; what is shown may be as old. */
  since: number;
}

export interface StreamListener {
  event(event: JournalEvent): void;
  /** Opened; `gap` when events may have been missed. */
  opened(gap: boolean): void;
  changed(state: StreamState): void;
  unauthorized(): void;
}

/** Follows the journal until it is closed. */
export class LiveStream {
  #listener: StreamListener;
  #last = "";
  #failures = 0;
  #opened = false;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: StreamListener) {
    this.#listener = listener;
  }

  open() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    window.addEventListener("offline", this.#offline);
    window.addEventListener("online", this.#online);
    this.#abort = new AbortController();
    void this.#follow(this.#abort);
  }

  /** The machine knows before the connection does that nothing will come. */
  #offline = () => this.#abort?.abort();

  #online = () => {
    if (this.#timer === undefined) return;
    this.#failures = 0;
    this.open();
  };

  close() {
    window.removeEventListener("offline", this.#offline);
    window.removeEventListener("online", this.#online);
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    const abort = this.#abort;
    this.#abort = null;
    abort?.abort();
  }

  async #follow(abort: AbortController) {
    try {
      this.#heard(abort);
      const response = await fetch("/api/events", {
        headers: {
          accept: "text/event-stream",
          ...(this.#last === "" ? {} : { "last-event-id": this.#last }),
        },
        credentials: "same-origin",
        cache: "no-store",
        signal: abort.signal,
      });
      if (response.status === 401) return this.#listener.unauthorized();
      if (!response.ok || response.body === null) throw new Error(`the stream answered ${response.status}`);
      this.#failures = 0;
      this.#listener.changed({ state: "open", since: Date.now() });
      this.#listener.opened(this.#opened);
      this.#opened = true;
      await this.#read(response.body, abort);
    } catch {
      // Whatever it was, the answer is the same: say so and try again.
    }
    clearTimeout(this.#watch);
    if (this.#abort !== abort) return;
    this.#listener.changed({ state: "down", since: Date.now() });
    const wait = Math.min(RETRY_MOST_MILLISECONDS, RETRY_FIRST_MILLISECONDS * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.open(), wait);
  }

  async #read(body: ReadableStream<Uint8Array>, abort: AbortController) {
    const decoder = new TextDecoder();
    const events = new SseReader();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#heard(abort);
      for (const sent of events.push(decoder.decode(value, { stream: true }))) {
        if (sent.id !== "") this.#last = sent.id;
        this.#listener.event(JSON.parse(sent.data) as JournalEvent);
      }
    }
  }

  #heard(abort: AbortController) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => abort.abort(), SILENCE_MILLISECONDS);
  }
}
