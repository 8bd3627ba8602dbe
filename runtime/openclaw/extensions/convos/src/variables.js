// Which variables reach the messenger, and which can change while the gateway runs.

import path from "node:path";

/** What the messenger's process gets: nothing of the agent's keys is its business. */
const PASSED_ON = ["PATH", "HOME", "LANG", "TZ", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CONVOS_API_KEY", "CONVOS_UPLOAD_PROVIDER"];

export function messengerEnv(env, state) {
  const passed = PASSED_ON.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]);
  return {
    ...Object.fromEntries(passed),
    CONVOS_ENV: env.XMTP_ENV || "dev",
    CONVOS_HOME: env.CONVOS_HOME || path.join(path.dirname(state), "convos"),
  };
}

/** The names that a configuration refers to. */
export function placeholders(text) {
  return new Set([...text.matchAll(/(?<!\$)\$\{([A-Z_][A-Z0-9_]*)\}/g)].map((match) => match[1]));
}

/** Names that somebody read at the start and will not read again. */
const READ_ONCE = /^(OPENCLAW_|CONVOS_|XMTP_|NODE_)/;

export const takesLive = (referred) => (names) => !names.some((name) => referred.has(name) || READ_ONCE.test(name));
