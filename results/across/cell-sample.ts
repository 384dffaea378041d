/**
 * What one run says of one cell, block by block: the values that stand against those of another run (METHOD §4.8). The
 * toll inside each block cancels the speed that the machine had in it; only what is left is compared across runs.
 */
import type { Interval, Metric } from "../comparison-shape.js";
import { compareCell, type ComparedCell } from "../compare-cell.js";
import { logRatios, standingTrials, type Cell } from "../paired-trials.js";
import type { Run } from "../run-shape.js";
import { plainInterval, type RankInterval } from "../statistics/hodges-lehmann.js";
import { isSuspectFor, metricOf } from "../trial-metrics.js";
import type { PassName } from "../trial.js";

export interface CellSample {
  /** `level`: the road's own value, where the baseline has none (Envoy's CPU on a road without Envoy) or a gate asks
   *  for it. The machine's speed is then part of it. */
  readonly basis: "toll" | "level";
  /** ln(candidate / baseline) per block; of a level ln(candidate / 1 ns). Values without a logarithm are left out. */
  readonly thetas: readonly number[];
  /** candidate − baseline per block, ns; of a level the value itself. */
  readonly valuesNs: readonly number[];
  /** Blocks that enter, and those among them with a trial that is SUSPECT for this metric. */
  readonly blocks: number;
  readonly suspect: number;
  readonly candidateNs: number | null;
  readonly baselineNs: number | null;
  readonly candidateCalls: number;
  readonly baselineCalls: number;
  /** Inside this run: candidate / baseline and candidate − baseline, with its paired interval. Null for a level. */
  readonly ratio: Interval | null;
  readonly tollNs: Interval | null;
  /** Why there is nothing to compare, in words; `isVoid`: since every trial was void or failed. */
  readonly missing: { readonly text: string; readonly isVoid: boolean } | null;
}

/** The toll of a cell. @param confidence of the intervals inside this run */
export function tollSample(run: Run, cell: Cell, confidence = 0.95): CellSample {
  const compared = compareCell(run, cell, confidence);
  if (compared.baseline.isFree) return levelSample(run, cell);
  const { pairs, theta, candidate, baseline } = compared;
  return {
    basis: "toll",
    thetas: logRatios(pairs),
    valuesNs: pairs.map((pair) => pair.candidate - pair.baseline),
    blocks: pairs.length,
    suspect: pairs.filter((pair) => pair.suspect).length,
    candidateNs: candidate.levelNs,
    baselineNs: baseline.levelNs,
    candidateCalls: candidate.calls,
    baselineCalls: baseline.calls,
    ratio: theta === null ? null : exponential(theta),
    tollNs: compared.absolute === null ? null : plainInterval(compared.absolute),
    missing: whatIsMissing(compared),
  };
}

/** What a level is the level of. */
export interface RoadFigure {
  /** The road. */
  readonly candidate: string;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
}

/** A road's own value, trial by trial. */
export function levelSample(run: Run, figure: RoadFigure): CellSample {
  const { candidate: road, pass, method, metric } = figure;
  // Against itself, for its level, its calls and what is missing.
  const compared = compareCell(run, { candidate: road, baseline: road, pass, method, metric }, 0.95);
  const { candidate, notShown } = compared;
  const trials = notShown === null && !candidate.isFree ? standingTrials(run, pass, road) : [];
  const entered = trials.flatMap((trial) => {
    const value = metricOf(trial, method, metric, run.header.idleBusyNsPerSecond);
    return value === null ? [] : [{ value, suspect: isSuspectFor(trial, method, metric) }];
  });
  return {
    basis: "level",
    thetas: entered.filter(({ value }) => value > 0).map(({ value }) => Math.log(value)),
    valuesNs: entered.map(({ value }) => value),
    blocks: entered.length,
    suspect: entered.filter(({ suspect }) => suspect).length,
    candidateNs: candidate.levelNs,
    baselineNs: null,
    candidateCalls: candidate.calls,
    baselineCalls: 0,
    ratio: null,
    tollNs: null,
    missing: entered.length > 0 ? null : whatIsMissing(compared),
  };
}

function whatIsMissing(compared: ComparedCell): CellSample["missing"] {
  const { cell, candidate, baseline, notShown } = compared;
  const sides = [
    { road: cell.candidate, side: candidate },
    { road: cell.baseline, side: baseline },
  ];
  for (const { road, side } of sides) {
    if (side.isFree) return { text: `there is no proxy on ${road}`, isVoid: false };
    if (side.tries.length === 0) return { text: `${road} was not measured`, isVoid: false };
    if (side.trials.length === 0) return { text: `all ${side.tries.length} trials of ${road} are void`, isVoid: true };
    if (side.calls === 0) return { text: `no call of ${cell.method} succeeded on ${road}`, isVoid: true };
  }
  if (notShown !== null) return { text: notShown, isVoid: false };
  if (compared.pairs.length > 0) return null;
  const text =
    cell.method === "all"
      ? "CPU could not be read, or lay within its own resolution"
      : "no block holds enough calls beyond this quantile";
  return { text, isVoid: false };
}

function exponential({ estimate, low, high }: RankInterval): Interval {
  return { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
}
