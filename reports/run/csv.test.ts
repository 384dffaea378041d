import { expect, test } from "vitest";
import { renderCsv } from "./csv.js";
import { labRun, reportOf } from "./report.test-helper.js";

test("a run of two roads reads as it did when somebody last read it", async () => {
  const run = labRun({ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 6 });
  await expect(renderCsv(reportOf(run))).toMatchFileSnapshot("__golden__/comparisons.csv");
});

test("there is one row per comparison, and the same columns in each", () => {
  const model = reportOf(labRun({ passes: ["single"], blocks: 2 }));
  const [head = "", ...rows] = renderCsv(model).trimEnd().split("\n");
  expect(rows).toHaveLength(model.comparison.comparisons.length + model.comparison.twins.length);
  const unquoted = (row: string): string => row.replace(/"[^"]*"/g, "");
  expect(new Set(rows.map((row) => unquoted(row).split(",").length))).toEqual(new Set([head.split(",").length]));
});
