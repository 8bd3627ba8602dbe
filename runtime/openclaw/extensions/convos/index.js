// Registers the channel and its routes with the gateway.

import { readFileSync } from "node:fs";
import path from "node:path";
import { defineChannelPluginEntry } from "openclaw/plugin-sdk/channel-core";
import { dispatchInboundDirectDm } from "openclaw/plugin-sdk/channel-inbound";
import { ConvosAgent, Refusal } from "./src/agent.js";
import { channelPlugin, inbound } from "./src/channel.js";
import { contract } from "./src/contract.js";
import { writeIdentity } from "./src/identity.js";
import { writeModel } from "./src/model.js";
import { Book } from "./src/record.js";
import { messengerEnv, placeholders, takesLive } from "./src/variables.js";

const state = process.env.OPENCLAW_STATE_DIR ?? "/data/openclaw";
const log = {
  info: (text) => console.log(`[convos] ${text}`),
  warn: (text) => console.warn(`[convos] ${text}`),
  error: (text) => console.error(`[convos] ${text}`),
};

/** The gateway's configuration as the channel was started with it. */
let cfg = null;

const configuration = path.join(state, "openclaw.json");

const agent = new ConvosAgent({
  book: new Book(path.join(state, "convos", "conversation.json")),
  become: async (profile) => {
    await writeIdentity(path.join(state, "workspace"), profile);
    await writeModel(configuration, profile.model);
  },
  env: () => messengerEnv(process.env, state),
  log,
  onMessage: (event) => answer(event),
});

function answer(event) {
  const { conversationId } = agent.status();
  if (!cfg || !conversationId) return log.warn("a message came before the channel was up");
  dispatchInboundDirectDm(inbound({ cfg, event, conversationId, agent, log })).catch((error) =>
    log.error(`answer a message: ${error.stack ?? error}`),
  );
}

/**
 * Something that happened outside the conversation, such as a mail: told to the agent as its own note. Without a
 * conversation nobody would hear of it, so the sender is asked to come again.
 */
async function notify(text) {
  if (!cfg || !agent.status().conversationId) throw new Refusal(503, "there is no conversation yet");
  answer({ id: `notice-${Date.now()}`, senderInboxId: "notice", senderProfile: { name: "Notice" }, content: text, sentAt: new Date().toISOString() });
}

export default defineChannelPluginEntry({
  id: "convos",
  name: "Convos",
  description: "One conversation of the Convos messenger",
  plugin: channelPlugin({
    agent: () => agent,
    onStart: async (context) => {
      cfg = context.cfg;
      await agent.start();
    },
    onStop: () => agent.stop(),
  }),
  registerFull(api) {
    const live = takesLive(placeholders(readFileSync(configuration, "utf8")));
    api.registerHttpRoute({
      path: "/convos",
      match: "prefix",
      auth: "plugin",
      handler: contract({ agent, token: () => process.env.OPENCLAW_GATEWAY_TOKEN, live, notify, log }),
    });
  },
});
