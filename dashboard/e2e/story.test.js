// What people do with the dashboard, against the whole system. One story: each part begins where the one before ended.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, isAccessible, openPage, shoot, signIn, startBrowser } from "./browser.js";
import { startSystem, until } from "./system.js";

/** Somebody's own account at the simulated AgentMail. */
const CLAIMANT = { key: "am_sim_claimant_key_0001", inbox: "claimant@agentmail.to" };

let system;
let browser;
let desk;
let page;
const at = (path) => system.ready.poolUrl + path;

/** The rail says so at its foot; on a phone its head does. */
const isLive = (page) => page.locator(".live[data-state=open]").first().waitFor({ state: "attached" });

const figure = (name) => page.locator(".figures div", { hasText: name }).locator("dd").first();
const ready = async () => Number(await figure("Ready").innerText());

before(async () => {
  [system, browser] = await Promise.all([startSystem("--min-idle", "2"), startBrowser()]);
  desk = await openPage(browser, { theme: "light", size: DESK });
  page = desk.page;
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

test("a wrong key is refused, the right one opens the overview", async () => {
  await page.goto(at("/"));
  await shoot(page, "sign-in");
  await isAccessible(page, "sign-in");
  await page.getByLabel("API key").fill("not-a-key-of-this-pool");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The pool knows no such key").waitFor();
  await signIn(page, system.ready, system.ready.apiKey);
  await isLive(page);
  const cookies = await page.context().cookies();
  assert.ok(cookies.length > 0 && cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === "Strict"));
});

test("a higher target is previewed, saved, and the pool fills while one looks", async () => {
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Idle agents", { exact: true }).fill("4");
  await page.getByText("2 agents would be created.").waitFor();
  await shoot(page, "settings-preview");
  await isAccessible(page, "settings with a preview");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Pool default is saved.").waitFor();
  await page.getByRole("link", { name: "Overview" }).click();
  await until("the pool to be full", async () => (await ready()) === 4, 120_000);
});

test("a template is written with a tool that the user brings", async () => {
  await page.getByRole("link", { name: "Templates" }).click();
  await page.getByRole("link", { name: "New template" }).click();
  await page.getByLabel("Name of the agents").fill("Concierge");
  await page.getByLabel("Instructions").fill("Book tables.\nFind taxis.\nKeep the calendar.");
  await page.getByLabel(/^Email/).selectOption("user");
  await page.getByRole("button", { name: "Create template" }).click();
  await page.getByRole("heading", { name: "Concierge" }).waitFor();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Instructions").fill("Book tables.\nFind taxis and trains.\nKeep the calendar.");
  await page.getByText("+ Find taxis and trains.").waitFor();
  await shoot(page, "template-diff");
  await isAccessible(page, "a template with its difference");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.locator(".prose").getByText("Find taxis and trains.").waitFor();
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await page.getByText("Every claimer sees it").waitFor();
});

test("a claim by form asks for the tool, shows its steps, and ends in a conversation", async () => {
  await page.getByRole("link", { name: "Claim one" }).click();
  const prompt = page.locator(".tool-prompt");
  await prompt.waitFor();
  await shoot(page, "new-claim");
  await isAccessible(page, "new claim");
  await page.getByLabel("AgentMail API key").fill(CLAIMANT.key);
  await page.getByLabel("Inbox (mail address)").fill(CLAIMANT.inbox);
  await page.getByRole("button", { name: "Claim an agent" }).click();
  await page.getByText("The invite works").waitFor({ timeout: 60_000 });
  await page.getByRole("img", { name: /QR code/ }).waitFor();
  await shoot(page, "claim");
  await isAccessible(page, "a claim");
  const invite = await page.getByRole("link", { name: "Open the conversation" }).getAttribute("href");
  const [talk] = await Promise.all([
    page.context().waitForEvent("page"),
    page.getByRole("link", { name: "Open the conversation" }).click(),
  ]);
  await talk.waitForLoadState();
  assert.equal(talk.url(), invite);
  await talk.getByRole("textbox").fill("Are you there?");
  await talk.keyboard.press("Enter");
  await talk.locator("#messages li.agent").waitFor();
  await talk.close();
});

test("a crash shows, heals, and is told in the timeline", async () => {
  await page.getByRole("link", { name: "Instances" }).click();
  await page.getByRole("button", { name: /^claimed/ }).click();
  await page.locator("[data-row='0']").click();
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  const id = page.url().split("/").at(-1);
  const crash = await fetch(`${system.ready.simulatorUrl}/_sim/instances/${id}/crash`, { method: "POST" });
  assert.ok(crash.ok, `the simulator answered ${crash.status}`);
  await page.getByRole("button", { name: "Recheck" }).click();
  const deployment = page
    .locator(".facts")
    .getByText(/^(deploying|deploy failed|unreachable|unknown|healthy)$/);
  await until("the crash to show", async () => (await deployment.innerText()) !== "healthy", 90_000);
  await until("it to heal", async () => (await deployment.innerText()) === "healthy", 180_000);
  await page.locator(".timeline li").nth(2).waitFor();
});

test("an instance is destroyed after its name was typed, and its story can be read", async () => {
  const name = await page.getByRole("heading", { level: 1 }).innerText();
  await page.getByRole("button", { name: "Destroy", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Destroy ${name}?` });
  const act = dialog.getByRole("button", { name: `Destroy ${name}` });
  assert.equal(await act.isDisabled(), true);
  await isAccessible(page, "the confirmation of a destruction");
  await shoot(page, "destroy");
  await dialog.getByRole("textbox").fill(name);
  await act.click();
  await page.locator(".lead").getByText("deleted").waitFor({ timeout: 120_000 });
  const told = await page.locator(".timeline").innerText();
  assert.match(told, /DestroyRequested/);
  await shoot(page, "instance");
  await page.getByRole("link", { name: "Destroy requests" }).click();
  await page.getByRole("row", { name: /done/ }).first().waitFor();
});

test("the keyboard is enough: / searches, arrows move, Enter opens, Escape leaves", async () => {
  await page.goto(at("/instances"));
  await page.locator("[data-row='1']").waitFor();
  await page.keyboard.press("/");
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute("type") ?? document.activeElement?.getAttribute("data-row"),
    );
  assert.equal(await focused(), "search");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await until("the second row", async () => (await focused()) === "1");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/instances\/.+/);
});

test("a stream that is down is marked, and catches up", async () => {
  await page.goto(at("/"));
  await isLive(page);
  await page.context().setOffline(true);
  // What is open stays open offline, as a dead connection would: only closing it tells the page.
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await page.locator(".stale").waitFor({ timeout: 60_000 });
  await shoot(page, "not-live");
  await page.context().setOffline(false);
  await page.locator(".stale").waitFor({ state: "detached", timeout: 60_000 });
});

test("a viewer looks and changes nothing", async () => {
  const { key } = await system.ask("POST", "/api/keys", { name: "looker", role: "viewer" });
  const other = await openPage(browser, { theme: "light", size: DESK });
  await signIn(other.page, system.ready, key);
  await other.page.getByRole("link", { name: "Instances" }).click();
  await other.page.locator("[data-row='0']").click();
  await other.page.getByRole("heading", { name: "Timeline" }).waitFor();
  assert.equal(await other.page.getByRole("button", { name: "Destroy" }).count(), 0);
  await other.page.getByRole("link", { name: "Settings" }).click();
  await other.page.getByText("Changing a pool needs the role operator").waitFor();
  assert.equal(await other.page.getByText("API keys").count(), 0);
  assert.deepEqual(other.complaints, []);
  await other.close();
});

test("signing out ends the session", async () => {
  await page.goto(at("/"));
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key").waitFor();
  assert.equal((await page.request.get(at("/api/session"))).status(), 401);
  assert.deepEqual(desk.complaints, []);
});
