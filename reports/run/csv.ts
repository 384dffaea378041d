/** The report's comparisons as CSV, one row each: what a spreadsheet or a data frame wants. Durations are ns, full
 *  precision; absent figures are empty. */
import { withoutExperimental } from "../../results/comparison-cells.js";
import type { Comparison } from "../../results/comparison-shape.js";
import { csvText, type CsvValue } from "../csv-text.js";
import type { ReportModel } from "./report-model.js";

const COLUMNS: Readonly<Record<string, (one: Comparison) => CsvValue>> = {
  candidate: (one) => one.candidate,
  baseline: (one) => one.baseline,
  pass: (one) => one.pass,
  load: (one) => one.load,
  method: (one) => one.method,
  metric: (one) => one.metric,
  baseline_ns: (one) => one.baselineNs,
  candidate_ns: (one) => one.candidateNs,
  baseline_calls: (one) => one.baselineCalls,
  candidate_calls: (one) => one.candidateCalls,
  absolute_ns: (one) => one.absoluteNs?.estimate ?? null,
  absolute_low_ns: (one) => one.absoluteNs?.low ?? null,
  absolute_high_ns: (one) => one.absoluteNs?.high ?? null,
  ratio: (one) => one.ratio?.estimate ?? null,
  ratio_low: (one) => one.ratio?.low ?? null,
  ratio_high: (one) => one.ratio?.high ?? null,
  confidence: (one) => one.confidence,
  p: (one) => one.p,
  adjusted_p: (one) => one.adjustedP,
  family: (one) => one.family,
  margin: (one) => one.margin.fraction,
  n: (one) => one.n,
  suspect: (one) => one.suspect,
  verdict: (one) => one.verdict,
  notes: (one) => one.notes.join("; "),
};

/** Without the experimental roads: a row has no room for what must stand beside their cost. */
export function renderCsv({ header, comparison }: ReportModel): string {
  return comparisonsCsv(header.id, [...withoutExperimental(header, comparison.comparisons), ...comparison.twins]);
}

export function comparisonsCsv(run: string, comparisons: readonly Comparison[]): string {
  const rows = comparisons.map((one) => [run, ...Object.values(COLUMNS).map((cell) => cell(one))]);
  return csvText(["run", ...Object.keys(COLUMNS)], rows);
}
