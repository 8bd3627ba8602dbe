// Ten thousand instances, written into the pool's database: no vendor, however simulated, makes them in a test's time.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const CROWD = 10_000;

/** A pool that does nothing, with rows that no reconciler looks at. */
export async function gatherCrowd(system) {
  await system.ask("PUT", "/api/pools/crowd", { minIdle: 0, maxInstances: 2 * CROWD, paused: true });
  execFileSync(psql(), [
    system.ready.poolDatabaseUrl,
    "--quiet",
    "--no-psqlrc",
    "--set",
    "ON_ERROR_STOP=1",
    "--command",
    ROWS,
  ]);
}

const ROWS = `
INSERT INTO instances (id, pool, status, status_since, deploy_status, url, image, agent_name, claim_id, claimed_at,
    created_at, updated_at)
SELECT 'crowd' || lpad(n::text, 7, '0'), 'crowd', life.status, now(), 'healthy', 'http://127.0.0.1:9/' || n,
    'ghcr.io/example/runtime:sha-4f2a91c', CASE WHEN life.status = 'claimed' THEN 'Agent ' || n END,
    CASE WHEN life.status = 'claimed' THEN gen_random_uuid() END,
    CASE WHEN life.status = 'claimed' THEN now() END,
    now() - n * interval '7 seconds', now()
FROM generate_series(1, ${CROWD}) AS n
CROSS JOIN LATERAL (SELECT CASE WHEN n % 4 = 0 THEN 'ready' ELSE 'claimed' END AS status) AS life`;

function psql() {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [process.env.POOL_PG_BIN, ...versions.map((version) => join(root, version, "bin"))];
  return (
    places.map((place) => place && join(place, "psql")).find((path) => path && existsSync(path)) ?? "psql"
  );
}

/** Scrolls through a window of rows as a quick wheel does, then to its end, and tells how the browser kept up. */
export function scrollThrough(page) {
  return page.evaluate(async () => {
    const element = document.querySelector(".grid-window");
    const frame = () => new Promise(requestAnimationFrame);
    const frames = [];
    let before = await frame();
    const steps = 240;
    const pixelsPerFrame = 120;
    for (let step = 1; step <= steps; step++) {
      element.scrollTop += pixelsPerFrame;
      const now = await frame();
      frames.push(now - before);
      before = now;
      if (element.querySelectorAll("tr[data-row]").length === 0) throw new Error("no row is in sight");
    }
    element.scrollTop = element.scrollHeight;
    await frame();
    await frame();
    if (!element.textContent.includes("crowd0010000"))
      throw new Error("the last row is not in sight at the end");
    frames.sort((a, b) => a - b);
    return {
      median: frames[Math.floor(frames.length / 2)],
      p95: frames[Math.floor(frames.length * 0.95)],
      longest: frames.at(-1),
      count: frames.length,
      rowsInDocument: element.querySelectorAll("tr[data-row]").length,
    };
  });
}
