// Every page in both themes and on a phone, and with ten thousand instances.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, fits, isAccessible, openPage, PHONE, shoot, signIn, startBrowser } from "./browser.js";
import { CROWD, gatherCrowd, scrollThrough } from "./crowd.js";
import { startSystem } from "./system.js";
import { traced } from "./trace.js";

/** More than this is a page that jumps while it loads (the web vitals' own bound). */
const SHIFT_MOST = 0.1;
/**
 * With ten thousand instances. The promise is 2 s on a machine that has nothing else to do; here the best of a few loads
 * must not be far from it, whatever else runs, and the figures are told.
 */
const LOAD_MOST_MILLISECONDS = 8_000;
const LOADS = 3;
/** What the page itself computes for one frame of a quick scroll, of the 17 ms that a smooth one may take. */
const SCRIPT_MOST_MILLISECONDS = 8;

let system;
let browser;
const at = (path) => system.ready.poolUrl + path;

before(async () => {
  [system, browser] = await Promise.all([startSystem("--runtime", "stub"), startBrowser()]);
  const template = {
    agentName: "Concierge",
    instructions: "Book tables.\nFind taxis.\nKeep the calendar.",
    tools: [{ id: "email", provisioning: "pool" }],
    visibility: "public",
  };
  const { templateId } = await system.ask("POST", "/api/templates", template);
  await system.ask("POST", "/api/claim", { templateId });
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

const PAGES = [
  "/",
  "/instances",
  "/claims",
  "/claims/new",
  "/templates",
  "/destroy-requests",
  "/events",
  "/system",
  "/settings",
  "/nowhere",
];

for (const [theme, size] of [
  ["light", DESK],
  ["dark", DESK],
  ["light", PHONE],
  ["dark", PHONE],
]) {
  test(`every page is accessible and fits, ${theme}, ${size.width} px`, async () => {
    const look = await openPage(browser, { theme, size });
    await signIn(look.page, system.ready, system.ready.apiKey);
    const [instance] = (await system.ask("GET", "/api/instances")).items;
    const [claim] = (await system.ask("GET", "/api/claims")).items;
    const [template] = (await system.ask("GET", "/api/templates")).items;
    const records = [
      `/instances/${instance.instanceId}`,
      `/claims/${claim.claimId}`,
      `/templates/${template.templateId}`,
    ];
    for (const path of [...PAGES, ...records]) {
      const name = `${
        path === "/"
          ? "overview"
          : path
              .split("/")
              .slice(1, path.includes("new") ? 3 : 2)
              .join("-")
      }${records.includes(path) ? "-detail" : ""}-${theme}-${size.width}`;
      await look.page.goto(at(path));
      await look.page.getByRole("heading", { level: 1 }).waitFor();
      await look.page.locator(".ghost, [aria-busy=true]").first().waitFor({ state: "detached" });
      await fits(look.page, name);
      await isAccessible(look.page, name);
      await shoot(look.page, name);
      const shifts = await look.page.evaluate(() => window.shifts);
      assert.ok(shifts < SHIFT_MOST, `${name} shifts by ${shifts}`);
    }
    assert.deepEqual(look.complaints, []);
    await look.close();
  });
}

test("ten thousand instances: the overview is there at once, the table scrolls smoothly", async (t) => {
  await gatherCrowd(system);
  const crowd = await openPage(browser, { theme: "light", size: DESK });
  await signIn(crowd.page, system.ready, system.ready.apiKey);
  const loads = [];
  for (let load = 0; load < LOADS; load++) {
    const began = performance.now();
    await crowd.page.goto(at("/"), { waitUntil: "commit" });
    await crowd.page.getByRole("article", { name: "Pool crowd" }).getByText("7,500").waitFor();
    loads.push(performance.now() - began);
  }
  await crowd.page.waitForTimeout(500);
  await shoot(crowd.page, "overview-crowd");
  const best = Math.min(...loads);
  t.diagnostic(
    `overview with ${CROWD} instances: ${loads.map((load) => `${load.toFixed(0)} ms`).join(", ")}`,
  );
  assert.ok(best < LOAD_MOST_MILLISECONDS, `the overview took ${best} ms`);

  const began = performance.now();
  await crowd.page.goto(at("/instances?pool=crowd"), { waitUntil: "commit" });
  await crowd.page.locator("[data-row='0']").waitFor();
  const first = performance.now() - began;
  await crowd.page.getByRole("button", { name: "All 10,000" }).waitFor({ timeout: 60_000 });
  t.diagnostic(
    `instances: first rows after ${first.toFixed(0)} ms, all after ${(performance.now() - began).toFixed(0)} ms`,
  );
  const { result: frames, ...spent } = await traced(browser, crowd.page, () => scrollThrough(crowd.page));
  const each = (milliseconds) => milliseconds / frames.count;
  t.diagnostic(
    `scrolling through all, a frame: script ${each(spent.script).toFixed(1)} ms, style and layout ` +
      `${each(spent.styleAndLayout).toFixed(1)} ms, paint ${each(spent.paint).toFixed(1)} ms; ` +
      `${spent.longTasks} long tasks; frames ${JSON.stringify(frames)}`,
  );
  assert.ok(each(spent.script) < SCRIPT_MOST_MILLISECONDS, `a frame's script took ${each(spent.script)} ms`);
  await shoot(crowd.page, "instances-crowd");
  assert.deepEqual(crowd.complaints, []);
  await crowd.close();
});
