/** The page in a real browser: nothing on the console, nothing wider than a telephone, controls that do what they say. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { onlyWhere } from "../../proto/only-where.test-helper.js";
import { CHROMIUM, chromiumIsPresent, FAINT_TEXTS, pageBench, widthUnfolded } from "../page-browser.test-helper.js";
import { renderHtml } from "./html.js";
import { labRun, oddRuns, reportOf } from "./report.test-helper.js";

describe("the page in a browser", onlyWhere(chromiumIsPresent, `${CHROMIUM} is not installed`), () => {
  const bench = pageBench();
  const { said, asked } = bench;
  let address = "";

  beforeAll(async () => {
    const run = labRun({ passes: ["single", "mix", "refused"], blocks: 6 });
    address = await bench.keep("report.html", renderHtml(reportOf(run), { folder: "." }));
  });

  const open = (width: number, script = true, scheme: "light" | "dark" = "light", at = address): Promise<Page> =>
    bench.open(at, { width, script, scheme });

  test.each([400, 1400])("is not wider than a window of %i pixels, and says nothing on the console", async (width) => {
    const page = await open(width);
    expect(await widthUnfolded(page)).toBeLessThanOrEqual(width);
    expect(said).toEqual([]);
  });

  test("asks for nothing but itself", async () => {
    const page = await open(1400);
    await page.selectOption("[name=load]", "mix/ProcessPayment");
    expect(asked.filter((url) => !url.startsWith("data:"))).toEqual(asked.filter((url) => url === address));
  });

  test("shows its toll tables whole at 1400 pixels", async () => {
    const page = await open(1400);
    const hidden = await page
      .locator(".card.scroll:visible")
      .evaluateAll((boxes) => boxes.map((box) => box.scrollWidth - box.clientWidth));
    expect(hidden.length).toBeGreaterThan(5);
    expect(Math.max(...hidden)).toBeLessThanOrEqual(0);
  });

  test("one choice of load, latency and percentile holds for every figure", async () => {
    const page = await open(1400);
    const shown = (selector: string): Promise<number> => page.locator(`${selector}:visible`).count();
    expect(await page.locator("[name=quantity]").isDisabled()).toBe(true);
    expect(await shown('[data-view="single/ProcessPayment/service"]')).toBeGreaterThan(3);
    await page.selectOption("[name=load]", "mix/GetPaymentStatus");
    expect(await page.locator("[name=quantity]").inputValue()).toBe("response");
    expect(await shown('[data-view="mix/GetPaymentStatus/response"]')).toBeGreaterThan(3);
    expect(await shown('[data-view^="single"]')).toBe(0);
    await page.selectOption("[name=quantity]", "service");
    expect(await shown('[data-view="mix/GetPaymentStatus/response"]')).toBe(0);
    expect(await shown('[data-view="mix/GetPaymentStatus/service"]')).toBeGreaterThan(3);
    expect(await shown('[data-view="mix"]')).toBeGreaterThan(0);
    await page.selectOption("[name=quantile]", "p99");
    expect(await shown('[data-quantile="p99"]')).toBe(1);
    expect(await shown('[data-quantile="p50"]')).toBe(0);
  });

  test("linear is another picture of the same curve, and back", async () => {
    const page = await open(1400);
    const path = page.locator(".curve:visible").first();
    const before = await path.getAttribute("d");
    await page.check("[name=linear]");
    expect(await path.getAttribute("d")).not.toBe(before);
    expect(await page.locator(".scale-linear:visible").count()).toBeGreaterThan(0);
    expect(await page.locator(".scale-log:visible").count()).toBe(0);
    await page.uncheck("[name=linear]");
    expect(await path.getAttribute("d")).toBe(before);
  });

  test("a road that is switched off leaves tables and curves", async () => {
    const page = await open(1400);
    const rows = page.locator('tr[data-roads~="l7"]:visible');
    const curves = page.locator('g[data-roads~="l7"] .curve:visible');
    expect(await rows.count()).toBeGreaterThan(0);
    expect(await curves.count()).toBeGreaterThan(0);
    await page.uncheck('[name=road][value="l7"]');
    expect(await rows.count()).toBe(0);
    expect(await curves.count()).toBe(0);
    expect(await page.locator('tr[data-roads~="tls"]:visible').count()).toBeGreaterThan(0);
  });

  test("pointer and arrow keys tell the numbers of a figure, Escape ends it", async () => {
    const page = await open(1400);
    const tip = page.locator(".tip");
    await page.locator(".dot:visible").first().hover();
    expect(await tip.textContent()).toMatch(/^[\w-]+, block \d+: [\d.]+ [µm]s/);
    await page.mouse.move(0, 0);
    await page.locator("svg.chart:visible").nth(1).focus();
    await page.keyboard.press("ArrowRight");
    expect(await tip.textContent()).toMatch(/^no-policy, p0: .*\[.*\]$/);
    // The focus may have scrolled the page, and the browser tells of it when it likes.
    await page.evaluate('dispatchEvent(new Event("scroll"))');
    expect(await tip.isVisible()).toBe(false);
    await page.keyboard.press("ArrowRight");
    expect(await tip.textContent()).toMatch(/^no-policy, p31.9: /);
    await page.keyboard.press("Escape");
    expect(await tip.isVisible()).toBe(false);
  });

  test("every figure has a name, its numbers in a table, and a CSV that holds them", async () => {
    const page = await open(1400);
    const names = await page
      .locator("svg[role=img]")
      .evaluateAll((all: Attributed[]) => all.map((one) => one.getAttribute("aria-label")));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => name === null || name.length < 20)).toEqual([]);
    const figures = page.locator("figure[data-view]");
    const tables = await figures.locator("details.numbers table").count();
    expect(tables).toBe(await figures.count());
    const links = await figures
      .locator("a.csv")
      .evaluateAll((all: Attributed[]) => all.map((one) => one.getAttribute("href") ?? ""));
    expect(links).toHaveLength(tables);
    for (const [i, link] of links.entries()) {
      const lines = decodeURIComponent(link.slice(link.indexOf(",") + 1))
        .trimEnd()
        .split("\n");
      expect(lines.length).toBe(1 + (await figures.nth(i).locator("tbody tr").count()));
    }
  });

  test.each(["light", "dark"] as const)("all text stands out from its ground, %s", async (colorScheme) => {
    const page = await open(1400, true, colorScheme);
    expect(await page.evaluate(FAINT_TEXTS)).toEqual([]);
  });

  test("prints without controls and with every table open", async () => {
    const page = await open(1400);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".controls").isVisible()).toBe(false);
    expect(await page.locator("details:not([open])").count()).toBe(0);
    expect(await page.locator("[data-view]:visible").count()).toBe(await page.locator("[data-view]").count());
  });

  test("shows every figure without script", async () => {
    const page = await open(1400, false);
    const all = await page.locator("[data-view]").count();
    expect(all).toBeGreaterThan(10);
    expect(await page.locator("[data-view]:visible").count()).toBe(all);
    expect(await page.locator(".controls").isVisible()).toBe(false);
  });

  test.each(oddRuns())("%s is a page without a word on the console", async (_, run) => {
    const page = await open(
      400,
      true,
      "light",
      await bench.keep("odd.html", renderHtml(reportOf(run), { folder: null })),
    );
    expect(await page.locator("h1").isVisible()).toBe(true);
    expect(await widthUnfolded(page)).toBeLessThanOrEqual(400);
    expect(said).toEqual([]);
  });
});

/** What is asked of elements inside the browser; this project knows no DOM types. */
interface Attributed {
  getAttribute(name: string): string | null;
}
