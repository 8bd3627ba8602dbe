// What this agent was made into: one small file on the volume, replaced as a whole.

import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";

/**
 * @typedef {object} Record
 * @property {"creating"|"joining"|"bound"|"ended"} phase
 * @property {object} profile        who the agent is: profileName, instructions, model, profileImage, metadata
 * @property {string} [joinUrl]      the conversation it asked to be let into
 * @property {string} [conversationId]
 * @property {string} [inviteUrl]
 * @property {string} [inboxId]
 * @property {string} [endsAt]       when the conversation will end, if somebody scheduled that
 */

export class Book {
  constructor(file) {
    this.file = file;
  }

  /** The record, or null for a new container. A damaged file is an error: guessing could serve a second claim. */
  async load() {
    try {
      return JSON.parse(await readFile(this.file, "utf8"));
    } catch (error) {
      if (error.code === "ENOENT") return null;
      throw new Error(`read ${this.file}`, { cause: error });
    }
  }

  async save(record) {
    if (record === null) return rm(this.file, { force: true });
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    await replace(this.file, JSON.stringify(record));
  }
}

/** Writes beside the file, flushes, renames: a reader sees the old content or the new one. */
export async function replace(file, text) {
  const beside = `${file}.new`;
  const handle = await open(beside, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}
