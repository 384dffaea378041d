import { expect, test } from "vitest";
import { renderMarkdown } from "./markdown.js";
import { labRun, oddRuns, reportOf } from "./report.test-helper.js";

test("a whole run reads as it did when somebody last read it", async () => {
  const run = labRun({ scenarios: ["no-policy", "l4", "l7", "l7-again", "l7-tls"] });
  await expect(renderMarkdown(reportOf(run))).toMatchFileSnapshot("__golden__/report.md");
});

test.each(oddRuns())("%s has tables of even rows and no number that is none", (_, run) => {
  const text = renderMarkdown(reportOf(run));
  expect(text).not.toMatch(/NaN|undefined|\bnull\b|Infinity/);
  for (const table of text.match(/(^\|.*\n?)+/gm) ?? []) {
    const widths = table
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" | ").length);
    expect(new Set(widths).size).toBe(1);
  }
});

test("nothing of a run ends a cell or becomes markup", () => {
  const run = labRun({ passes: ["single"], blocks: 6 });
  const model = reportOf({ ...run, warnings: ["<b>a|b\nc*d"] });
  expect(renderMarkdown(model)).toContain("- ⚠ \\<b\\>a\\|b c\\*d\n");
});
