/**
 * Latency over percentiles, one curve per road from the merged counts of all its trials, with a band drawn over blocks.
 * Descriptive: a band decides nothing (METHOD §4.7). A curve ends where fewer than a hundred calls lie beyond it.
 */
import { randomStream } from "../../loadgen/random.js";
import type { Quantity } from "../../loadgen/measurement.js";
import { seriesHistogram } from "../../results/measured-series.js";
import { standingTrials } from "../../results/paired-trials.js";
import type { Run } from "../../results/run-shape.js";
import { countBeyond, SparseHistogram } from "../../results/sparse-histogram.js";
import { quantileBand, type BlockCounts } from "../../results/statistics/block-bootstrap.js";
import type { PassName } from "../../results/trial.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { TollTable } from "./toll-tables.js";

export interface CurveSet {
  readonly pass: PassName;
  readonly title: string;
  readonly method: string;
  readonly quantity: TollTable["quantity"];
  readonly curves: readonly Curve[];
}

export interface Curve {
  readonly scenario: Scenario;
  readonly calls: number;
  readonly points: readonly CurvePoint[];
}

export interface CurvePoint {
  /** Share of calls that took `valueNs` or less. */
  readonly level: number;
  readonly valueNs: number;
  /** Null with fewer than two blocks. */
  readonly band: { readonly lowNs: number; readonly highNs: number } | null;
}

/** Eight levels a decade of 1/(1−p), so that p50, p90, p99 and p99.9 are among them or near. */
const LEVELS = [...Array.from({ length: 33 }, (_, k) => 1 - 10 ** (-k / 8)), 0.5].sort((a, b) => a - b);
/** Bands are drawn, not judged: the ends of 200 draws are steady enough for a line of two pixels. */
const RESAMPLES = 200;

/** One set per table that has anything to draw. */
export function curveSets(run: Run, tables: readonly TollTable[]): CurveSet[] {
  return tables.flatMap(({ pass, title, method, quantity, rows }) => {
    const curves = rows.flatMap(({ scenario }) => curveOf(run, scenario, pass, method, quantity) ?? []);
    return curves.length === 0 ? [] : [{ pass, title, method, quantity, curves }];
  });
}

function curveOf(run: Run, scenario: Scenario, pass: PassName, method: string, quantity: Quantity): Curve | null {
  const blocks = standingTrials(run, pass, scenario.name)
    .map(({ outcome }) => seriesHistogram(outcome.measurement, method, quantity))
    .filter((histogram) => histogram !== null);
  const all = SparseHistogram.merge(blocks);
  const levels = LEVELS.filter((level) => countBeyond(level, all.count) >= THRESHOLDS.beyondInAll);
  if (levels.length < 2) return null;
  const random = randomStream(run.header.design.seed);
  const band = quantileBand(blocks.map(countsOf), { levels, uniform: () => random.uniform(), resamples: RESAMPLES });
  const points = levels.map((level, i): CurvePoint => {
    const [lowNs, highNs] = [band?.low[i], band?.high[i]];
    return {
      level,
      valueNs: all.percentile(level) ?? 0,
      band: lowNs === undefined || highNs === undefined ? null : { lowNs, highNs },
    };
  });
  return { scenario, calls: all.count, points };
}

/** A bucket stands for its highest value, as where quantiles are read. */
function countsOf(histogram: SparseHistogram): BlockCounts {
  const buckets = histogram.buckets();
  return { values: buckets.map(({ toNs }) => toNs - 1), counts: buckets.map(({ count }) => count) };
}
