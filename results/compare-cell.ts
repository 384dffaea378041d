/**
 * One cell of the comparison, up to but without its verdict: the pairs, what they say of ratio and difference, and which
 * of it may be shown (METHOD §4.2). Families, margins and controls come after (compare-run.ts).
 */
import type { Comparison } from "./comparison-shape.js";
import { hasProxy } from "./comparison-cells.js";
import { isIdleFloorBelievable } from "./idle-floor.js";
import { seriesHistogram } from "./measured-series.js";
import { logRatios, pairsOf, standingTrials, type Cell, type Pair } from "./paired-trials.js";
import { roadCalls } from "./road-calls.js";
import type { Run } from "./run-shape.js";
import { countBeyond } from "./sparse-histogram.js";
import { hodgesLehmannPaired, type RankInterval } from "./statistics/hodges-lehmann.js";
import { signedRankTest } from "./statistics/signed-rank.js";
import { completedCalls, metricOf, quantileOfMetric, type MeasuredTrial } from "./trial-metrics.js";
import type { Trial } from "./trial.js";
import { THRESHOLDS } from "./verdict-thresholds.js";
import { counted } from "./verdict-words.js";

/** What one side of a cell holds. */
interface Side {
  /** Every try, void ones too. */
  readonly tries: readonly Trial[];
  readonly trials: readonly MeasuredTrial[];
  /** Calls behind the figures. */
  readonly calls: number;
  readonly levelNs: number | null;
  /** The road has no proxy whose CPU could be read: it costs nothing there. */
  readonly isFree: boolean;
}

export interface ComparedCell {
  readonly cell: Cell;
  readonly load: Comparison["load"];
  readonly pairs: readonly Pair[];
  /** ln ratio per pair. */
  readonly differences: readonly number[];
  /** Of the ln ratio. Null without pairs. */
  readonly theta: RankInterval | null;
  readonly p: number | null;
  /** Of the difference, ns; where the baseline is free, of the candidate's own value. */
  readonly absolute: RankInterval | null;
  readonly candidate: Side;
  readonly baseline: Side;
  /** Why figures are missing, in words; null when there are some. */
  readonly notShown: string | null;
}

/** @param confidence of both intervals: 1 − α, or 1 − α/m within a family */
export function compareCell(run: Run, cell: Cell, confidence: number): ComparedCell {
  const [candidate, baseline] = [sideOf(run, cell, cell.candidate), sideOf(run, cell, cell.baseline)];
  const notShown = tooFewCalls(cell, candidate, baseline) ?? tooBusyIdle(run, cell);
  const pairs = notShown === null ? pairsOf(run, cell) : [];
  const differences = logRatios(pairs);
  return {
    cell,
    load: loadOf(run, cell),
    pairs,
    differences,
    theta: differences.length === 0 ? null : hodgesLehmannPaired(differences, { confidence }),
    p: differences.length === 0 ? null : signedRankTest(differences).p,
    absolute: notShown === null ? absolute(run, cell, pairs, baseline, confidence) : null,
    candidate: notShown === null ? candidate : { ...candidate, levelNs: null },
    baseline: notShown === null ? baseline : { ...baseline, levelNs: null },
    notShown,
  };
}

function loadOf(run: Run, cell: Cell): Comparison["load"] {
  return run.header.design.passes.find((pass) => pass.name === cell.pass)?.plan.loop.kind ?? "closed";
}

function sideOf(run: Run, cell: Cell, scenario: string): Side {
  const trials = standingTrials(run, cell.pass, scenario);
  const isFree = cell.metric === "envoy_cpu_per_call" && !hasProxy(run.header, scenario);
  return {
    tries: run.trials.filter((trial) => trial.pass === cell.pass && trial.scenario === scenario),
    trials: isFree ? [] : trials,
    calls: callsBehind(trials, cell),
    levelNs: isFree ? null : levelOf(run, scenario, trials, cell),
    isFree,
  };
}

/** The pseudo-median over trials; where no single window holds enough calls, the quantile of all calls together. */
function levelOf(run: Run, scenario: string, trials: readonly MeasuredTrial[], cell: Cell): number | null {
  const values = trials
    .map((trial) => metricOf(trial, cell.method, cell.metric, run.header.idleBusyNsPerSecond))
    .filter((value) => value !== null);
  if (values.length > 0) return hodgesLehmannPaired(values).estimate;
  const asked = quantileOfMetric(cell.metric);
  if (asked === null) return null;
  return roadCalls(run, { ...cell, scenario, quantity: asked.quantity }).all.percentile(asked.q);
}

function callsBehind(trials: readonly MeasuredTrial[], cell: Cell): number {
  const asked = quantileOfMetric(cell.metric);
  return trials.reduce((sum, { outcome: { measurement } }) => {
    if (asked === null) return sum + completedCalls(measurement);
    return sum + (seriesHistogram(measurement, cell.method, asked.quantity)?.count ?? 0);
  }, 0);
}

/** A quantile is shown when the trials of each road together hold 100 calls beyond it. */
function tooFewCalls(cell: Cell, candidate: Side, baseline: Side): string | null {
  const asked = quantileOfMetric(cell.metric);
  if (asked === null) return null;
  const beyond = Math.min(countBeyond(asked.q, candidate.calls), countBeyond(asked.q, baseline.calls));
  if (beyond >= THRESHOLDS.beyondInAll) return null;
  return `n/a: ${counted(beyond, "call")} ${beyond === 1 ? "lies" : "lie"} beyond this quantile, ${THRESHOLDS.beyondInAll} are needed to show it`;
}

/** Nothing is said of a road's CPU where what is taken off it was no idle node's. */
function tooBusyIdle(run: Run, { metric, pass }: Cell): string | null {
  if (metric !== "cpu_per_call" || isIdleFloorBelievable(run, pass)) return null;
  return "n/a: the node was busier when its idle time was read than beside these calls";
}

function absolute(
  run: Run,
  cell: Cell,
  pairs: readonly Pair[],
  baseline: Side,
  confidence: number,
): RankInterval | null {
  const values = baseline.isFree
    ? standingTrials(run, cell.pass, cell.candidate)
        .map((trial) => metricOf(trial, cell.method, cell.metric))
        .filter((value) => value !== null)
    : pairs.map((pair) => pair.candidate - pair.baseline);
  return values.length === 0 ? null : hodgesLehmannPaired(values, { confidence });
}
