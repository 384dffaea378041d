/** Runs and reports for the tests of this folder: synthetic, seeded, and cut to the odd shapes that real ones come in. */
import type { Run } from "../../results/run-shape.js";
import type { Trial } from "../../results/trial.js";
import { compareRun } from "../../results/compare-run.js";
import { syntheticRun, type SyntheticOptions } from "../../results/synthetic-run.js";
import { buildReport, type ReportModel } from "./report-model.js";

/** Small enough for tests that look at forms, not at numbers. */
export function labRun(options: SyntheticOptions = {}): Run {
  return syntheticRun({ environment: "lab", callsPerTrial: 1_500, ...options });
}

export function reportOf(run: Run): ReportModel {
  return buildReport(run, compareRun(run));
}

/** The same run with every trial changed; null leaves a trial out. */
export function withTrials(run: Run, change: (trial: Trial) => Trial | null): Run {
  return { ...run, trials: run.trials.map(change).filter((trial) => trial !== null) };
}

/** A trial that failed before it could measure. */
export function failed(trial: Trial): Trial {
  return { ...trial, outcome: { state: "failed", stage: "connect", message: "connection refused" } };
}

/** A trial on which something was remarked while it was measured. */
export function withNote(trial: Trial, note: string): Trial {
  const { outcome } = trial;
  if (outcome.state === "failed") return trial;
  return { ...trial, outcome: { ...outcome, measurement: { ...outcome.measurement, notes: [note] } } };
}

/** Runs that reports meet in life, each with the sentence that names it. */
export function oddRuns(): readonly (readonly [string, Run])[] {
  const quick = labRun({ passes: ["single", "refused"], blocks: 8 });
  const whole = labRun({ blocks: 6 });
  const at = whole.header.createdAt;
  const interrupted = { state: "interrupted" as const, at, message: "stopped by SIGINT", warnings: [] };
  return [
    ["a quick run", quick],
    ["a run cut short after few trials", { ...whole, trials: whole.trials.slice(0, 13), end: interrupted }],
    ["a run that is still being measured", { ...whole, trials: whole.trials.slice(0, 40), end: null }],
    ["one road only", labRun({ scenarios: ["no-policy"], blocks: 6 })],
    ["one block", labRun({ blocks: 1 })],
    ["no trial at all", { ...whole, trials: [], end: interrupted }],
    ["no valid trial", withTrials(whole, failed)],
    ["a method without a success", labRun({ blocks: 6, callsPerTrial: 20 })],
  ];
}
