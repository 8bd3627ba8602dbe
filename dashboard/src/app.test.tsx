import { fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FAKE_KEY, FakePool } from "./testing/fake_pool.ts";
import { show } from "./testing/show.tsx";

let pool: FakePool;

beforeEach(() => {
  pool = new FakePool(8);
  pool.signedIn = true;
});
afterEach(() => vi.unstubAllGlobals());

const type = (label: RegExp | string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

test("without a session there is only the sign-in; a wrong key is refused in words", async () => {
  pool.signedIn = false;
  show(pool, "/");
  await screen.findByRole("heading", { name: "Sign in to the pool" });
  type("API key", "wrong");
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByText("The pool knows no such key.");
  type("API key", FAKE_KEY);
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByRole("heading", { name: "Overview" });
});

test("what changes something carries the header that other sites cannot send", async () => {
  const asked = show(pool, `/instances/${pool.instances[3]?.instanceId}`);
  fireEvent.click(await screen.findByRole("button", { name: "Recheck" }));
  await vi.waitFor(() => expect(asked.some((it) => it.method === "POST")).toBe(true));
  for (const it of asked) expect(it.headers.has("x-csrf-protection")).toBe(it.method !== "GET");
});

test("a viewer sees no action", async () => {
  pool.role = "viewer";
  show(pool, `/instances/${pool.instances[0]?.instanceId}`);
  await screen.findByRole("heading", { name: "Timeline" });
  expect(screen.queryByRole("button", { name: "Destroy" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Redeploy" })).toBeNull();
});

test("destroying an agent that serves somebody asks for its name first", async () => {
  const agent = pool.instances[0];
  show(pool, `/instances/${agent?.instanceId}`);
  fireEvent.click(await screen.findByRole("button", { name: "Destroy" }));
  const dialog = await screen.findByRole("dialog", { name: `Destroy ${agent?.name}?` });
  const act = within(dialog).getByRole<HTMLButtonElement>("button", { name: `Destroy ${agent?.name}` });
  expect(act.disabled).toBe(true);
  fireEvent.change(within(dialog).getByRole("textbox"), { target: { value: agent?.name } });
  expect(act.disabled).toBe(false);
  fireEvent.click(act);
  await screen.findByText(`${agent?.name} is being destroyed.`);
  expect(agent?.status).toBe("destroying");
});

test("a claim from a template asks for what the user brings, and sends it by tool", async () => {
  const template = pool.templates[0];
  const asked = show(pool, `/claims/new?template=${template?.templateId}`);
  await screen.findByText("Email: the user's own account");
  expect(screen.getByLabelText<HTMLInputElement>("API key").type).toBe("password");
  type("API key", "the-users-key");
  type("Inbox", "ada@example.org");
  fireEvent.click(screen.getByRole("button", { name: "Claim an agent" }));
  await screen.findByRole("heading", { name: "Concierge" });
  const sent = asked.find((it) => it.path === "/api/claim");
  expect(sent?.body).toEqual({
    templateId: template?.templateId,
    userConfig: { email: { apiKey: "the-users-key", inboxId: "ada@example.org" } },
  });
  expect(sent?.headers.get("idempotency-key")).toBeTruthy();
  expect(sent?.headers.get("prefer")).toBe("wait=0");
});

test("a higher target shows what the planner would do before it is saved, and names the version", async () => {
  const asked = show(pool, "/settings");
  fireEvent.change(await screen.findByLabelText("Idle agents"), { target: { value: "9" } });
  await screen.findByText(/would be created/);
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await screen.findByText("Pool default is saved.");
  expect(asked.find((it) => it.method === "PUT")?.headers.get("if-match")).toBe('"1"');
  expect(pool.spec.minIdle).toBe(9);
});

test("an address that names no record says so and can be tried again", async () => {
  show(pool, "/instances/nobody");
  await screen.findByText("there is no such instance.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
});

test("the system page tells how vendors, lanes and budgets are", async () => {
  show(pool, "/system");
  const vendors = await screen.findByRole("table", { name: "Vendors" });
  const sms = within(vendors).getByText("sms").closest("tr") as HTMLElement;
  expect(sms.textContent).toContain("in trouble");
  expect(sms.textContent).toContain("900 ms");
  expect(sms.textContent).toContain("the vendor answers 503");
  screen.getByText("2 wait");
  screen.getByText("94 % of 10,000 left");
  screen.getByText("2 of 3 can be taken");
});
