import assert from "node:assert/strict";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { webTools } from "../src/routes.js";

test("the page shows what is there, and no secret, whatever is asked", async () => {
  const workspace = await mkdtemp(path.join(tmpdir(), "web-tools-"));
  await mkdir(path.join(workspace, "skills/services"), { recursive: true });
  await writeFile(path.join(workspace, "skills/services/SKILL.md"), '---\nname: services\ndescription: "Tools of your own."\n---\n');
  await writeFile(path.join(workspace, "MEMORY.md"), "planted-memory");
  const names = ["OPENCLAW_GATEWAY_TOKEN", "GATEWAY_TOKEN", "OPENROUTER_API_KEY", "PRIVATE_WALLET_KEY", "BANKR_API_KEY", "INSTANCE_SERVICES_TOKEN", "INSTANCE_ID", "AGENTMAIL_INBOX_ID", "SETUP_PASSWORD"];
  const env = Object.fromEntries(names.map((name) => [name, `planted-${name}`]));
  const server = createServer(webTools({ workspace, env })).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  try {
    const paths = ["/web-tools", "/web-tools/", "/web-tools/page.js", "/web-tools/page.css", "/web-tools/api/about", "/web-tools/../MEMORY.md", "/web-tools/%2e%2e/MEMORY.md", "/web-tools/__proto__", "/web-tools/constructor", "/web-tools/api/logs"];
    for (const one of paths) {
      const answer = await fetch(base + one);
      const text = await answer.text();
      assert.doesNotMatch(text, /planted/, one);
      assert.match(answer.headers.get("content-security-policy"), /^default-src 'none'/);
    }
    const about = await (await fetch(`${base}/web-tools/api/about`)).json();
    assert.deepEqual(about.tools.map((tool) => tool.there), [true, false, true, true]);
    assert.deepEqual(about.skills, [{ name: "services", description: "Tools of your own." }]);
    assert.equal((await fetch(`${base}/web-tools/api/about`, { method: "POST" })).status, 405);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
