/** A run in a form that other tools read: which renderer, and what it is given. */
import type { Comparison, RunComparison } from "../../results/comparison-shape.js";
import { withoutExperimental } from "../../results/comparison-cells.js";
import type { Run, RunHeader } from "../../results/run-shape.js";
import { trialsCsv } from "../../results/trials-csv.js";
import { renderBenchfmt } from "./benchfmt.js";
import type { ExportedFile } from "./exported-file.js";
import { headlineSeries, selectTrials, type Selection } from "./exported-trials.js";
import { renderFortioFiles } from "./fortio.js";
import { renderHgrmFiles } from "./hgrm-files.js";
import { renderHlog } from "./hlog.js";
import { renderJunit } from "./junit.js";
import { renderOpenMetrics } from "./openmetrics.js";

/** Formats of this folder; Markdown is the report's own renderer. */
export const EXPORT_FORMATS = ["hlog", "hgrm", "fortio", "benchfmt", "openmetrics", "csv", "junit"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/**
 * @param comparison made when a format asks for it
 * @throws Fault (usage) when the selection does not fit the run
 */
export function renderExport(
  format: ExportFormat,
  run: Run,
  selection: Selection,
  comparison: () => RunComparison,
): readonly ExportedFile[] {
  const { header } = run;
  const { methods } = selection;
  const trials = selectTrials(run, selection);
  const one = (ending: string, text: string): ExportedFile[] => [{ name: `${header.id}.${ending}`, text }];
  switch (format) {
    case "hlog":
      return one("hlog", renderHlog(header, trials, methods));
    case "hgrm":
      return renderHgrmFiles(header, headlineSeries(trials, methods));
    case "fortio":
      return renderFortioFiles(header, headlineSeries(trials, methods));
    case "benchfmt":
      return one("bench.txt", renderBenchfmt(header, trials, methods));
    case "openmetrics":
      return one("prom", renderOpenMetrics(header, trials, methods, selectCells(header, comparison(), selection)));
    case "csv":
      return one("csv", trialsCsv({ ...run, trials }));
    case "junit":
      return one("junit.xml", renderJunit(header, selectCells(header, comparison(), selection)));
  }
}

/** The cells and controls of the asked roads, passes and methods. A single trial has no toll. */
function selectCells(header: RunHeader, { comparisons, twins }: RunComparison, selection: Selection): Comparison[] {
  const { trial, roads, passes, methods } = selection;
  const wanted = (words: readonly string[], word: string): boolean => words.length === 0 || words.includes(word);
  if (trial !== null) return [];
  return [...withoutExperimental(header, comparisons), ...twins].filter(
    ({ candidate, pass, method }) => wanted(roads, candidate) && wanted(passes, pass) && wanted(methods, method),
  );
}
