/**
 * Which trials of a run stand against each other: in each block, one of the candidate's and one of the baseline's
 * (METHOD §4.1, §4.2). Void trials never enter; their repeats take their place, and a block without both drops out.
 */
import type { Metric } from "./comparison-shape.js";
import type { Run } from "./run-shape.js";
import { isSuspectFor, isUsable, metricOf, type MeasuredTrial } from "./trial-metrics.js";
import type { PassName } from "./trial.js";

/** What is compared. */
export interface Cell {
  readonly candidate: string;
  readonly baseline: string;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
}

export interface Pair {
  readonly block: number;
  readonly candidate: number;
  readonly baseline: number;
  /** One of the two trials is SUSPECT for this metric. */
  readonly suspect: boolean;
}

/** The trials of one road that enter comparisons: the last usable try of each block, in the order of blocks. */
export function standingTrials(run: Run, pass: PassName, scenario: string): MeasuredTrial[] {
  const byBlock = new Map<number, MeasuredTrial>();
  for (const trial of run.trials) {
    if (trial.pass === pass && trial.scenario === scenario && isUsable(trial)) byBlock.set(trial.block, trial);
  }
  return [...byBlock.values()].sort((a, b) => a.block - b.block);
}

/** The blocks in which both roads have a value, ns. */
export function pairsOf(run: Run, cell: Cell): Pair[] {
  const { pass, method, metric } = cell;
  const value = (trial: MeasuredTrial): number | null =>
    metricOf(trial, method, metric, run.header.idleBusyNsPerSecond);
  const baselines = new Map(standingTrials(run, pass, cell.baseline).map((trial) => [trial.block, trial]));
  return standingTrials(run, pass, cell.candidate).flatMap((trial): Pair[] => {
    const other = baselines.get(trial.block);
    const [candidate, baseline] = [value(trial), other === undefined ? null : value(other)];
    if (other === undefined || candidate === null || baseline === null) return [];
    const suspect = [trial, other].some((one) => isSuspectFor(one, method, metric));
    return [{ block: trial.block, candidate, baseline, suspect }];
  });
}

/** ln(candidate / baseline) of each pair; pairs without a logarithm (CPU at or below zero) are left out. */
export function logRatios(pairs: readonly Pair[]): number[] {
  return pairs
    .filter(({ candidate, baseline }) => candidate > 0 && baseline > 0)
    .map(({ candidate, baseline }) => Math.log(candidate) - Math.log(baseline));
}
