/** The page in a real browser: nothing on the console, nothing wider than a telephone, controls that do what they say. */
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onlyWhere } from "../../proto/only-where.test-helper.js";
import { renderHtml } from "./html.js";
import { labRun, reportOf } from "./report.test-helper.js";

const CHROMIUM = "/usr/bin/chromium";
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const isPresent = await access(CHROMIUM).then(
  () => true,
  () => false,
);

describe("the page in a browser", onlyWhere(isPresent, `${CHROMIUM} is not installed`), () => {
  let folder = "";
  let browser: Browser;
  let address = "";
  const said: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tollgate-page-"));
    const run = labRun({ passes: ["single", "mix", "refused"], blocks: 6 });
    const file = join(folder, "report.html");
    await writeFile(file, renderHtml(reportOf(run), run));
    address = pathToFileURL(file).href;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  async function open(width: number, javaScriptEnabled = true): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled });
    const page = await context.newPage();
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    await page.goto(address);
    return page;
  }

  test.each([400, 1400])("is not wider than a window of %i pixels, and says nothing on the console", async (width) => {
    const page = await open(width);
    expect(
      await page.locator("html").evaluate(({ scrollWidth }: { scrollWidth: number }) => scrollWidth),
    ).toBeLessThanOrEqual(width);
    expect(said).toEqual([]);
  });

  test("shows its toll tables whole at 1400 pixels", async () => {
    const page = await open(1400);
    const hidden = await page
      .locator("section > .scroll")
      .evaluateAll((boxes) => boxes.map((box) => box.scrollWidth - box.clientWidth));
    expect(Math.max(...hidden)).toBeLessThanOrEqual(0);
  });

  test("shows one set of curves at a time, on either scale, without the roads that are switched off", async () => {
    const page = await open(1400);
    expect(await page.locator("[data-curves]:visible").count()).toBe(1);
    await page.selectOption("#pick-curves", "2");
    expect(await page.locator('[data-curves="2"]').isVisible()).toBe(true);
    await page.check("#linear");
    expect(await page.locator('[data-curves="2"] .scale-linear').isVisible()).toBe(true);
    await page.uncheck('[data-toggle="l7"]');
    expect(await page.locator('[data-curves="2"] .scale-linear [data-road="l7"]').isVisible()).toBe(false);
  });

  test("shows every figure without script", async () => {
    const page = await open(1400, false);
    const all = await page.locator("[data-curves]").count();
    expect(all).toBeGreaterThan(1);
    expect(await page.locator("[data-curves]:visible").count()).toBe(all);
    expect(await page.locator(".controls").isVisible()).toBe(false);
  });
});
