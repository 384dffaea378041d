import { describe, expect, test } from "vitest";
import {
  capacityRun,
  SYNTHETIC_SEARCH,
  type CapacityRunOptions,
} from "../../results/capacity/capacity-run.test-helper.js";
import type { PlanWishes } from "../../results/capacity/plan.js";
import type { Run } from "../../results/run-shape.js";
import { renderCapacityCsv } from "./capacity-csv.js";
import { renderCapacityHtml } from "./capacity-html.js";
import { capacityJson } from "./capacity-json.js";
import { renderCapacityMarkdown } from "./capacity-markdown.js";
import { buildCapacityReport, type CapacityReport } from "./capacity-model.js";
import { renderCapacityTerminal } from "./capacity-terminal.js";

const WISHES: PlanWishes = { peak: 20_000, nodeCores: 16, utilisation: 0.6, price: 0.04, spare: 1, fanOut: 12 };
const PLACES = { colour: false, runFolder: "results/runs/RUN", page: "results/runs/RUN/report.html" };

const reportOf = (run: Run, wishes: PlanWishes | null): CapacityReport =>
  buildCapacityReport(run, { asked: SYNTHETIC_SEARCH, isOtherSlo: false, wishes });

const textOf = (html: string): string =>
  html.replace(/<(style|script)[^>]*>[\s\S]*?<\/\1>/g, "").replace(/<[^>]*>/g, " ");

const cut = (options: CapacityRunOptions, trials: number): Run => {
  const run = capacityRun(options);
  const end = { state: "interrupted" as const, at: run.header.createdAt, message: "ended by the user", warnings: [] };
  return { ...run, trials: run.trials.slice(0, trials), end };
};

const whole = capacityRun();
const failed = (run: Run): Run => ({
  ...run,
  trials: run.trials.map((trial) => ({ ...trial, outcome: { state: "failed", stage: "load", message: "Envoy died" } })),
});

const RUNS: readonly (readonly [string, Run])[] = [
  ["a whole search", whole],
  ["a search cut short after four points", cut({}, 4)],
  ["a search without a point", cut({}, 0)],
  ["a search of which every point failed", failed(whole)],
  ["a search whose roads were all missed", capacityRun({ shares: [1.3, 1.2, 1.1] })],
  ["a search whose roads were all held", capacityRun({ shares: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] })],
];

describe.each(RUNS)("%s", (_, run) => {
  const forms: [string, string][] = [null, WISHES].flatMap((wishes): [string, string][] => {
    const report = reportOf(run, wishes);
    return [
      ["terminal", renderCapacityTerminal(report, PLACES)],
      ["html", textOf(renderCapacityHtml(report))],
      ["markdown", renderCapacityMarkdown(report)],
      ["csv", renderCapacityCsv(report)],
    ];
  });

  test("holds no number that is none, and no word that a report may not use", () => {
    for (const [form, text] of forms) {
      expect(text, form).not.toMatch(/NaN|undefined|\bnull\b|Infinity|\[object/);
      expect(text, form).not.toMatch(/overhead|no difference/i);
    }
  });

  test("is no cluster size, and says so on top", () => {
    for (const [form, text] of forms.filter(([name]) => name !== "csv")) {
      expect(text, form).toContain("Marginal cost of policy and proxy; not a cluster size");
    }
  });

  test("fits 110 columns on a terminal", () => {
    for (const [form, text] of forms) {
      if (form === "terminal") expect(text.split("\n").filter((line) => line.length > 110)).toEqual([]);
    }
  });

  test("survives a journey as JSON", () => {
    const json = capacityJson(reportOf(run, WISHES), "results/runs/RUN");
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({ kind: "capacity", environment: "lab" });
  });
});

describe("the page", () => {
  const html = renderCapacityHtml(reportOf(whole, WISHES));

  test("names every figure for those who cannot see it, and uses each id once", () => {
    const figures = html.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
    expect(figures).toHaveLength(5);
    for (const svg of figures) expect(svg).toMatch(/^<svg[^>]*role="img" aria-labelledby="([^"]+)"><title id="\1">/);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test("lets nothing of a run reach it as markup", () => {
    const evil = "<script>alert(1)</script>";
    const { header } = whole;
    const end = { state: "failed" as const, at: header.createdAt, message: evil, warnings: [evil] };
    const run: Run = {
      ...failed(whole),
      trials: failed(whole).trials.map((trial) => ({
        ...trial,
        outcome: { state: "failed", stage: "load", message: evil },
      })),
      header: { ...header, id: `id${evil}`, command: [evil], fingerprint: { [evil]: evil, "cpu.model": evil } },
      end,
      warnings: [evil],
    };
    expect(renderCapacityHtml(reportOf(run, WISHES))).not.toContain(evil);
  });

  test("fetches nothing", () => {
    expect(html).not.toMatch(/(src|href)="(?!#|data:)|url\(|@import/);
  });
});

test("a search with a plan reads as it did when somebody last read it", async () => {
  const report = reportOf(whole, WISHES);
  await expect(renderCapacityTerminal(report, PLACES)).toMatchFileSnapshot("__golden__/capacity.txt");
  await expect(renderCapacityMarkdown(report)).toMatchFileSnapshot("__golden__/capacity.md");
});

test("colour adds nothing but colour", () => {
  const coloured = renderCapacityTerminal(reportOf(whole, WISHES), { ...PLACES, colour: true });
  expect(coloured).toContain("\x1b[1m");
  expect(coloured.replace(/\x1b\[\d+m/g, "")).toBe(renderCapacityTerminal(reportOf(whole, WISHES), PLACES));
});

test("another SLO than the search's is said loudly", () => {
  const report = buildCapacityReport(whole, {
    asked: { ...SYNTHETIC_SEARCH, slo: { quantile: 0.99, limitNs: 5e6 } },
    isOtherSlo: true,
    wishes: null,
  });
  expect(renderCapacityTerminal(report, PLACES)).toContain("! The search was made for another SLO");
});

test("every point is a row of the CSV", () => {
  expect(renderCapacityCsv(reportOf(whole, null)).trim().split("\n")).toHaveLength(whole.trials.length + 1);
});

test("a plan that is refused for one road still stands for the others", () => {
  const run = { ...whole, trials: whole.trials.filter(({ scenario, block }) => scenario !== "l7" || block < 2) };
  const text = renderCapacityTerminal(reportOf(run, WISHES), PLACES);
  expect(text).toContain("✗ l7: no nodes are said, a CPU line rests on 5 rates at which nothing was full; there are 2");
  expect(text).toMatch(/\nl4 +2 /);
});
