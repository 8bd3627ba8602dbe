// The claim's wishes become the agent's identity file, which the gateway puts before every conversation.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { replace } from "./record.js";

const FILE = "IDENTITY.md";

/** The file's text. Name and instructions are the claim's own words; nothing here interprets them. */
export function identity({ profileName, instructions = "", metadata = {} }) {
  const parts = [
    `# ${profileName}`,
    "",
    `Your name is ${profileName}. You are a member of one conversation, and its people are who you work for.`,
  ];
  if (instructions.trim()) parts.push("", "## Instructions", "", instructions.trim());
  const entries = Object.entries(metadata ?? {});
  if (entries.length) {
    parts.push("", "## About this conversation", "", ...entries.map(([name, value]) => `- ${name}: ${value}`));
  }
  return `${parts.join("\n")}\n`;
}

export async function writeIdentity(workspace, profile) {
  await mkdir(workspace, { recursive: true });
  await replace(path.join(workspace, FILE), identity(profile));
}
