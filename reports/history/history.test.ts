import { describe, expect, test } from "vitest";
import type { RunHistory } from "../../results/history/history-shape.js";
import { historyOf } from "../../results/history/run-history.js";
import { syntheticHistory, type SyntheticHistoryOptions } from "../../results/history/synthetic-history.js";
import { historyJson } from "./history-json.js";
import { renderHistoryHtml } from "./html.js";
import { renderHistoryTerminal, sparkline } from "./terminal.js";

const QUERY = { environment: null, roads: ["l7", "l4"], methods: [], metrics: ["service_p50"], minEffect: 0 };

function told(options: SyntheticHistoryOptions): RunHistory {
  return historyOf(syntheticHistory({ cells: ({ pass }) => pass === "single", ...options }), QUERY);
}

const LIFE = told({
  runs: 36,
  factor: (run, candidate) => (candidate !== "l7" ? 1 : run >= 28 ? 1.15 : run >= 12 ? 1.06 : 1),
  fingerprint: (run) => ({ kernel: "6.1.0", envoy: run < 12 ? "1.36.4" : "1.37.0" }),
});

const ODD: readonly (readonly [string, RunHistory])[] = [
  ["a life with an upgrade and a change", LIFE],
  ["one run", told({ runs: 1 })],
  ["three runs of three versions", told({ runs: 3, fingerprint: (run) => ({ envoy: `1.3${run}.0` }) })],
  ["runs that all say the same", told({ runs: 12, sd: 0 })],
  ["no versions in the fingerprint", told({ runs: 9, fingerprint: () => ({}) })],
  ["no runs", historyOf([], { ...QUERY, roads: [] })],
];

test("a life with an upgrade and a change reads as it did when somebody last read it", async () => {
  await expect(renderHistoryTerminal(LIFE, { colour: false })).toMatchFileSnapshot("__golden__/history.txt");
});

test("the sparkline marks a change of the set-up and a change point differently", () => {
  const cell = LIFE.cells.find(({ candidate, baseline }) => candidate === "l7" && baseline === "l4");
  expect(sparkline(cell!)).toMatch(/^[▁-█]{12}│[▁-█]{16}╳[▁-█]{8}$/);
});

describe.each(ODD)("%s", (_, history) => {
  const forms = [
    renderHistoryTerminal(history, { colour: false }),
    renderHistoryHtml(history),
    JSON.stringify(historyJson(history)),
  ];

  test("holds no number that is none", () => {
    for (const text of forms.slice(0, 2))
      expect(text.replace(/<script>[^]*<\/script>/, "")).not.toMatch(/NaN|undefined|Infinity/);
    expect(forms[2]).not.toMatch(/NaN|undefined/);
  });

  test("fits 110 columns", () => {
    expect(forms[0]?.split("\n").filter((line) => line.length > 110)).toEqual([]);
  });
});

test("the page names every change point and every version in words, and each chart for those who cannot see it", () => {
  const page = renderHistoryHtml(LIFE);
  expect(page).toContain("▲ rose ×1.0");
  expect(page).toContain("Rose by");
  expect(page).toContain("2: Envoy 1.37.0 · kernel 6.1.0");
  expect(page.match(/role="img" aria-labelledby="trend-\d+-t" aria-describedby="trend-\d+-d"/g)).toHaveLength(
    LIFE.cells.length,
  );
});

test("text from a run cannot become markup", () => {
  const page = renderHistoryHtml(told({ runs: 9, fingerprint: () => ({ envoy: "<script>alert(1)</script>" }) }));
  expect(page).not.toContain("<script>alert");
});
