/**
 * The pages beside a run's own, in a real browser: a capacity search with its plan, the history of many runs, two runs
 * beside each other.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { onlyWhere } from "../proto/only-where.test-helper.js";
import { capacityRun, SYNTHETIC_SEARCH } from "../results/capacity/capacity-run.test-helper.js";
import { historyOf } from "../results/history/run-history.js";
import { syntheticHistory } from "../results/history/synthetic-history.js";
import { renderCapacityHtml } from "./capacity/capacity-html.js";
import { buildCapacityReport } from "./capacity/capacity-model.js";
import { renderCompareHtml } from "./compare/compare-html.js";
import { afterUpgrade, beforeUpgrade, oddPairs, reportOn } from "./compare/compare.test-helper.js";
import { renderHistoryHtml } from "./history/html.js";
import { CHROMIUM, chromiumIsPresent, FAINT_TEXTS, pageBench, widthUnfolded } from "./page-browser.test-helper.js";

function capacityPage(): string {
  const wishes = { peak: 20_000, nodeCores: 16, utilisation: 0.6, price: 0.04, spare: 1, fanOut: 12 };
  return renderCapacityHtml(buildCapacityReport(capacityRun(), { asked: SYNTHETIC_SEARCH, isOtherSlo: false, wishes }));
}

function historyPage(runs: number): string {
  const entries = syntheticHistory({
    runs,
    factor: (run, candidate) => (candidate === "l7" && run >= 0.7 * runs ? 1.15 : 1),
    fingerprint: (run) => ({ kernel: "6.1.0", envoy: run < runs / 3 ? "1.36.4" : "1.37.0" }),
  });
  const query = { environment: null, roads: [], methods: [], metrics: [], minEffect: 0 };
  return renderHistoryHtml(historyOf(entries, query));
}

const PAGES: readonly (readonly [string, () => string])[] = [
  ["a capacity search with its plan", capacityPage],
  ["a history of 40 runs", () => historyPage(40)],
  ["a history of 400 runs", () => historyPage(400)],
  ["a history of one run", () => historyPage(1)],
  ["two runs beside each other", () => renderCompareHtml(reportOn(beforeUpgrade(), afterUpgrade()))],
  ...oddPairs()
    .filter(([name]) => ["a later run without a trial", "one block each"].includes(name))
    .map(([name, before, after]) => [`two runs: ${name}`, () => renderCompareHtml(reportOn(before, after))] as const),
];

interface Attributed {
  getAttribute(name: string): string | null;
}

describe.each(PAGES)("%s", onlyWhere(chromiumIsPresent, `${CHROMIUM} is not installed`), (_, render) => {
  const bench = pageBench();
  let address = "";
  beforeAll(async () => {
    address = await bench.keep("page.html", render());
  });

  test("is not wider than its window, says nothing on the console, and asks for nothing but itself", async () => {
    for (const width of [400, 1400]) {
      expect(await widthUnfolded(await bench.open(address, { width })), `${width}`).toBeLessThanOrEqual(width);
    }
    expect(bench.said).toEqual([]);
    expect(new Set(bench.asked)).toEqual(new Set([address]));
  });

  test("has text that stands out from its ground, light and dark", async () => {
    for (const scheme of ["light", "dark"] as const) {
      const page = await bench.open(address, { scheme });
      await widthUnfolded(page);
      expect(await page.evaluate(FAINT_TEXTS), scheme).toEqual([]);
    }
  });

  test("tells the numbers of each chart by arrow keys, in a table, and as CSV", async () => {
    const page = await bench.open(address);
    await widthUnfolded(page);
    const charts = page.locator("svg.chart");
    for (let i = 0; i < (await charts.count()); i++) {
      const chart = charts.nth(i);
      expect(((await chart.getAttribute("aria-label")) ?? "").length).toBeGreaterThan(20);
      await chart.focus();
      await page.keyboard.press("ArrowRight");
      expect(await page.locator(".tip").textContent()).toMatch(/\d/);
      await page.keyboard.press("Escape");
      expect(await page.locator(".tip").isVisible()).toBe(false);
      const section = chart.locator("xpath=ancestor::section");
      expect(await section.locator("table").count()).toBeGreaterThan(0);
      const links = await section
        .locator("a.csv")
        .evaluateAll((all: Attributed[]) => all.map((one) => one.getAttribute("href") ?? ""));
      expect(links.length).toBeGreaterThan(0);
      for (const link of links) expect(decodeURIComponent(link).split("\n").length).toBeGreaterThan(2);
    }
  });

  test("prints with everything unfolded", async () => {
    const page = await bench.open(address);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("details:not([open])").count()).toBe(0);
    expect(await page.locator("a.csv:visible").count()).toBe(0);
  });
});

describe("a history on a phone", onlyWhere(chromiumIsPresent, `${CHROMIUM} is not installed`), () => {
  const bench = pageBench();

  test("begins at the newest runs", async () => {
    const page = await bench.open(await bench.keep("history.html", historyPage(40)), { width: 400 });
    const left =
      "[...document.querySelectorAll('[data-newest]')].map((one) => one.scrollWidth - one.clientWidth - one.scrollLeft)";
    const charts = await page.evaluate<number[]>(left);
    expect(charts.length).toBeGreaterThan(0);
    for (const beyond of charts) expect(Math.abs(beyond)).toBeLessThan(2);
  });
});
