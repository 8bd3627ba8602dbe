// Registers the page and what it shows with the gateway.

import path from "node:path";
import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";
import { webTools } from "./src/routes.js";

const state = process.env.OPENCLAW_STATE_DIR ?? "/data/openclaw";

export default definePluginEntry({
  id: "web-tools",
  name: "Web tools",
  description: "A small page about the agent",
  register(api) {
    api.registerHttpRoute({
      path: "/web-tools",
      match: "prefix",
      auth: "plugin",
      handler: webTools({ workspace: path.join(state, "workspace"), env: process.env }),
    });
  },
});
