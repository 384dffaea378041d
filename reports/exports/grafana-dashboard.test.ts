/** The dashboard that ships with the docs asks only for what the OpenMetrics export holds. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../proto/package-root.js";
import { compareRun } from "../../results/compare-run.js";
import { labRun } from "../run/report.test-helper.js";
import { renderExport } from "./render-export.js";

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
}

test("every metric and label of the dashboard is in the export", () => {
  const dashboard = JSON.parse(readFileSync(join(packageRoot, "docs/grafana-dashboard.json"), "utf8")) as Dashboard;
  const run = labRun({ scenarios: ["no-policy", "l4", "l7"], passes: ["single", "mix"], blocks: 6 });
  const selection = { trial: null, roads: [], passes: [], methods: [] };
  const [file] = renderExport("openmetrics", run, selection, () => compareRun(run));
  const lines = (file?.text ?? "").split("\n");
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  expect(expressions.length).toBeGreaterThan(4);
  for (const expression of expressions) {
    const [, metric = "", matchers = ""] = /(tollgate_\w+)\{([^}]*)\}/.exec(expression) ?? [];
    const labels = [...matchers.matchAll(/(\w+)=/g)].map(([, label]) => label ?? "");
    const sample = lines.find((line) => line.startsWith(`${metric}{`)) ?? "";
    expect(sample, expression).not.toBe("");
    for (const label of labels) expect(sample, expression).toMatch(new RegExp(`[{,]${label}="`));
  }
  for (const [, metric, label] of JSON.stringify(dashboard.templating).matchAll(/label_values\((\w+), (\w+)\)/g)) {
    expect(lines.find((line) => line.startsWith(`${metric}{`))).toContain(`${label}="`);
  }
});
