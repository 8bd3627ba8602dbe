// A page that anybody with the agent's address may open. So it shows nothing that is anybody's secret: names of skills
// and of tools, the version, since when it runs. No token, no key, no word of the conversation, no id that gives access.
// Nothing can be changed here.

import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

const PAGE = new URL("../page/", import.meta.url);
const FILES = {
  "": ["index.html", "text/html; charset=utf-8"],
  "page.css": ["page.css", "text/css; charset=utf-8"],
  "page.js": ["page.js", "text/javascript; charset=utf-8"],
};

/** The tools that an agent can have, each known by a variable: only that it is set is told. */
const TOOLS = [
  { name: "Mail", variable: "AGENTMAIL_INBOX_ID" },
  { name: "Text messages", variable: "TELNYX_PHONE_NUMBER" },
  { name: "Wallet", variable: "PRIVATE_WALLET_KEY" },
  { name: "Crypto account", variable: "BANKR_API_KEY" },
];

export function webTools({ workspace, env, started = new Date() }) {
  return async (request, response) => {
    const answer = (status, type, body) => {
      response.statusCode = status;
      response.setHeader("content-type", type);
      response.setHeader("cache-control", "no-store");
      response.setHeader("content-security-policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
      response.setHeader("x-content-type-options", "nosniff");
      response.setHeader("referrer-policy", "no-referrer");
      response.end(request.method === "HEAD" ? undefined : body);
      return true;
    };
    if (request.method !== "GET" && request.method !== "HEAD") return answer(405, "text/plain", "Only to be read.\n");
    const url = new URL(request.url, "http://localhost");
    const name = url.pathname.replace(/^\/web-tools\/?/, "");
    if (name === "api/about") {
      return answer(200, "application/json", JSON.stringify(await about({ workspace, env, started })));
    }
    const file = Object.hasOwn(FILES, name) ? FILES[name] : null;
    if (!file) return answer(404, "text/plain", "There is nothing here.\n");
    return answer(200, file[1], await readFile(new URL(file[0], PAGE)));
  };
}

/** What the page shows. Whether a tool is there, never what opens it. */
export async function about({ workspace, env, started }) {
  return {
    tools: TOOLS.map(({ name, variable }) => ({ name, there: Boolean(env[variable]) })),
    skills: await skills(path.join(workspace, "skills")),
    startedAt: started.toISOString(),
  };
}

async function skills(folder) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = [];
  for (const entry of entries.filter((entry) => entry.isDirectory())) {
    const text = await readFile(path.join(folder, entry.name, "SKILL.md"), "utf8").catch(() => null);
    if (text === null) continue;
    const description = /^description:\s*"?(.*?)"?\s*$/m.exec(text)?.[1] ?? "";
    found.push({ name: entry.name, description: description.slice(0, 300) });
  }
  return found.sort((one, other) => one.name.localeCompare(other.name));
}
