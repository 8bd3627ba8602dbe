// The claim's model, where the gateway looks for it: its own configuration, which it reads again when it changes.

import { readFile } from "node:fs/promises";
import { replace } from "./record.js";

/** What the shipped configuration says: the container's model. */
const SHIPPED = "${OPENCLAW_PRIMARY_MODEL}";

/** OpenRouter's ids come with or without the gateway's own prefix. */
export const reference = (model) => (model ? (model.startsWith("openrouter/") ? model : `openrouter/${model}`) : SHIPPED);

/** Writes the model into the configuration, if it is another one. */
export async function writeModel(file, model) {
  const configuration = JSON.parse(await readFile(file, "utf8"));
  const wanted = reference(model);
  configuration.agents ??= {};
  configuration.agents.defaults ??= {};
  const current = configuration.agents.defaults.model?.primary;
  if (current === wanted) return false;
  configuration.agents.defaults.model = { ...configuration.agents.defaults.model, primary: wanted };
  await replace(file, `${JSON.stringify(configuration, null, 2)}\n`);
  return true;
}
