// Newline-delimited JSON, as `convos agent serve` speaks it.

import { StringDecoder } from "node:string_decoder";

/** Characters of one line; a longer one is no event of ours, and must not fill the memory. */
export const LINE_CHARACTERS_MAX = 1024 * 1024;

/** Cuts a byte stream into JSON objects. Lines that are none are given to `other`, cut short. */
export class Lines {
  #decoder = new StringDecoder("utf8");
  #rest = "";
  #skipping = false;

  constructor(object, other = () => {}) {
    this.object = object;
    this.other = other;
  }

  push(chunk) {
    this.#rest += this.#decoder.write(chunk);
    let end;
    while ((end = this.#rest.indexOf("\n")) >= 0) {
      const line = this.#rest.slice(0, end).trim();
      this.#rest = this.#rest.slice(end + 1);
      if (!this.#skipping) this.#take(line);
      this.#skipping = false;
    }
    if (this.#rest.length > LINE_CHARACTERS_MAX) {
      this.#rest = "";
      this.#skipping = true;
    }
  }

  #take(line) {
    if (!line) return;
    let value;
    try {
      value = JSON.parse(line);
    } catch {
      this.other(line.slice(0, 500));
      return;
    }
    if (value && typeof value === "object" && !Array.isArray(value)) this.object(value);
    else this.other(line.slice(0, 500));
  }
}
