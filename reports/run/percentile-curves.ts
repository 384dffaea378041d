/**
 * Latency over percentiles, one curve per road from the merged counts of all its trials, with a band drawn over blocks.
 * Descriptive: a band decides nothing (METHOD §4.7). A curve ends where fewer than a hundred calls lie beyond it.
 */
import { randomStream } from "../../loadgen/random.js";
import type { Run } from "../../results/run-shape.js";
import { countBeyond } from "../../results/sparse-histogram.js";
import { quantileBand } from "../../results/statistics/block-bootstrap.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { roadSeries } from "./road-series.js";
import type { TollTable } from "./toll-tables.js";

export interface CurveSet {
  /** Of the toll table with the same roads. */
  readonly view: string;
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

/** Six levels a decade of 1/(1−p), with p50, p90, p99 and p99.9 among them. */
export const LEVELS = [...Array.from({ length: 25 }, (_, k) => 1 - 10 ** (-k / 6)), 0.5].sort((a, b) => a - b);
/** Bands are drawn, not judged: the ends of 200 draws are steady enough for a line of two pixels. */
export const RESAMPLES = 200;

/** One set per table that has anything to draw. */
export function curveSets(run: Run, tables: readonly TollTable[]): CurveSet[] {
  return tables.flatMap((table) => {
    const { view, title, method, quantity, rows } = table;
    const curves = rows.flatMap(({ scenario }) => curveOf(run, scenario, table) ?? []);
    return curves.length === 0 ? [] : [{ view, title, method, quantity, curves }];
  });
}

function curveOf(run: Run, scenario: Scenario, table: TollTable): Curve | null {
  const { all, counts } = roadSeries(run, table, scenario.name);
  const levels = LEVELS.filter((level) => countBeyond(level, all.count) >= THRESHOLDS.beyondInAll);
  if (levels.length < 2) return null;
  const random = randomStream(run.header.design.seed);
  const band = quantileBand(counts, { levels, uniform: () => random.uniform(), resamples: RESAMPLES });
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
