// The gateway's view of the conversation: a channel with one account and one peer.
//
// A conversation may have many people, but it is one place with one memory, and the agent is meant by all that is said
// in it. So the gateway sees one direct peer, the conversation; who spoke is told in the words.

export const CHANNEL = "convos";
export const ACCOUNT = "default";

/** @param {() => import("./agent.js").ConvosAgent} agent */
export function channelPlugin({ agent, onStart, onStop }) {
  return {
    id: CHANNEL,
    meta: {
      id: CHANNEL,
      label: "Convos",
      selectionLabel: "Convos",
      docsPath: "/channels/convos",
      blurb: "One conversation of the Convos messenger.",
    },
    capabilities: { chatTypes: ["direct"], media: true, reactions: false, threads: false, nativeCommands: false, blockStreaming: false },
    reload: { configPrefixes: [] },
    config: {
      listAccountIds: () => [ACCOUNT],
      defaultAccountId: () => ACCOUNT,
      resolveAccount: (cfg) => ({ accountId: ACCOUNT, enabled: cfg.channels?.[CHANNEL]?.enabled !== false, configured: true }),
      inspectAccount: (cfg) => ({ enabled: cfg.channels?.[CHANNEL]?.enabled !== false, configured: true }),
      isEnabled: (account) => account.enabled,
      isConfigured: () => true,
      describeAccount: (account) => ({ accountId: ACCOUNT, enabled: account.enabled, configured: true }),
    },
    messaging: {
      targetPrefixes: [CHANNEL],
      normalizeTarget: target,
      inferTargetChatType: () => "direct",
      targetResolver: { looksLikeId: (value) => target(value) !== undefined, hint: "<conversation id>" },
    },
    outbound: {
      deliveryMode: "direct",
      resolveTarget: ({ to }) => {
        const id = target(to ?? "") ?? agent().status().conversationId;
        return id ? { ok: true, to: id } : { ok: false, error: new Error("there is no active conversation") };
      },
      sendText: async ({ text, replyToId }) => ({ channel: CHANNEL, messageId: await agent().say(text, replyToId ?? undefined) }),
      sendMedia: async ({ text, mediaUrl }) => {
        const sent = mediaUrl ? await agent().attach(mediaUrl) : null;
        const id = text?.trim() ? await agent().say(text) : sent?.id;
        return { channel: CHANNEL, messageId: id ?? sent?.id };
      },
    },
    gateway: {
      // The account is up when it can take a claim: a warm agent has no conversation yet, and is ready all the same.
      startAccount: async (context) => {
        await onStart(context);
        context.setStatus({ accountId: ACCOUNT, running: true, connected: true, lifecycle: "ready", lastConnectedAt: Date.now(), lastError: null });
        await new Promise((resolve) => {
          if (context.abortSignal.aborted) resolve();
          else context.abortSignal.addEventListener("abort", resolve, { once: true });
        });
        await onStop();
        context.setStatus({ accountId: ACCOUNT, running: false, connected: false });
      },
    },
  };
}

function target(value) {
  const id = String(value).trim().replace(/^convos:/i, "");
  return /^[0-9a-zA-Z_-]{3,128}$/.test(id) ? id : undefined;
}

/** What the gateway is told about one message. */
export function inbound({ cfg, event, conversationId, agent, log }) {
  const name = event.senderProfile?.name?.trim();
  const who = name || `member ${String(event.senderInboxId ?? "unknown").slice(0, 6)}`;
  const words = String(event.content ?? "");
  return {
    channelIngress: "unsupported",
    cfg,
    channel: CHANNEL,
    channelLabel: "Convos",
    accountId: ACCOUNT,
    peer: { kind: "direct", id: conversationId },
    senderId: String(event.senderInboxId ?? "unknown"),
    senderAddress: `${CHANNEL}:${conversationId}`,
    recipientAddress: `${CHANNEL}:${conversationId}`,
    conversationLabel: who,
    rawBody: words,
    bodyForAgent: `${who}: ${words}`,
    messageId: String(event.id),
    timestamp: Date.parse(event.sentAt ?? "") || undefined,
    // Whoever is in the conversation may talk to the agent; the gateway's own commands are for its operator.
    commandAuthorized: false,
    inboundAccessAuthorized: true,
    deliver: async (payload) => {
      for (const url of payload.mediaUrls ?? []) await agent.attach(url);
      if (payload.text?.trim()) await agent.say(payload.text);
    },
    onRecordError: (error) => log.error(`record a message: ${error}`),
    onDispatchError: (error) => log.error(`answer a message: ${error}`),
  };
}
