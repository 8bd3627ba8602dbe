// The machine's Chromium, and what every page is checked for.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { ROOT } from "./system.js";

const NAMES = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"];
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SHOTS =
  process.env.SCREENSHOTS ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "screenshots");

/** Nothing that a page does takes longer, also on a machine with much to do. */
const PATIENCE_MILLISECONDS = 60_000;

export const DESK = { width: 1360, height: 850 };
export const PHONE = { width: 360, height: 740 };

/** Where a program is, by its name or path. */
function found(name) {
  if (!name) return undefined;
  if (existsSync(name)) return name;
  try {
    return execFileSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

export async function startBrowser() {
  const executablePath = NAMES.map(found).find((path) => path !== undefined);
  assert.ok(executablePath, "no Chromium here: run `scripts/setup --tests`, or set CHROMIUM to one");
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** A page that fails the test when the browser complains: errors of scripts, refusals by the content policy. */
export async function openPage(browser, { theme, size }) {
  const context = await browser.newContext({ viewport: size, colorScheme: theme, reducedMotion: "reduce" });
  await context.addInitScript(() => {
    window.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (
      message.type() === "error" &&
      !/Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(message.text())
    )
      complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
}

export async function signIn(page, { poolUrl }, key) {
  await page.goto(`${poolUrl}/`);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

/** Nothing serious for those who do not see or do not use a mouse. */
export async function isAccessible(page, name) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const found = serious.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n    ${nodes
        .map((node) => node.html)
        .slice(0, 3)
        .join("\n    ")}`,
  );
  assert.equal(serious.length, 0, `${name}: ${found.join("\n")}`);
}

/** Nothing sticks out of a narrow page. */
export async function fits(page, name) {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(content <= window, `${name} is ${content} px wide in a window of ${window} px`);
}

export async function shoot(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}
