/** One server-sent event. */
export interface Sent {
  event: string;
  data: string;
  id: string;
}

/** Cuts a stream of text into server-sent events. What is not complete yet is kept for the next piece. */
export class SseReader {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  /** The events that this piece completed. */
  push(piece: string): Sent[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    const sent: Sent[] = [];
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line !== "") this.#field(line);
      else if (this.#data.length > 0) sent.push(this.#complete());
      else this.#event = "";
    }
    return sent;
  }

  #field(line: string) {
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment, which only shows that the stream lives
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id") this.#id = value;
  }

  #complete(): Sent {
    const sent = { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id };
    this.#event = "";
    this.#data = [];
    return sent;
  }
}
