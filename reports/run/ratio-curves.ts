/**
 * How much slower, at each percentile: candidate over baseline, one curve per chain, with a band drawn over blocks. Both
 * sides are made from the same blocks. Descriptive: a band decides nothing (METHOD §4.7).
 */
import { randomStream } from "../../loadgen/random.js";
import type { Run } from "../../results/run-shape.js";
import { countBeyond } from "../../results/sparse-histogram.js";
import { quantileRatioBand } from "../../results/statistics/block-bootstrap.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { LEVELS, RESAMPLES } from "./percentile-curves.js";
import { inCommon, roadSeries } from "./road-series.js";
import type { TollStep, TollTable } from "./toll-tables.js";

export interface RatioSet {
  /** Of the toll table with the same roads. */
  readonly view: string;
  readonly title: string;
  readonly method: string;
  readonly quantity: TollTable["quantity"];
  readonly curves: readonly RatioCurve[];
}

export interface RatioCurve {
  readonly candidate: Scenario;
  readonly baseline: Scenario;
  readonly blocks: number;
  /** Calls of the side that has fewer. */
  readonly calls: number;
  readonly points: readonly RatioPoint[];
}

export interface RatioPoint {
  readonly level: number;
  readonly ratio: number;
  /** Null with fewer than two blocks. */
  readonly band: { readonly low: number; readonly high: number } | null;
}

/** One set per table that has anything to draw. */
export function ratioSets(run: Run, tables: readonly TollTable[]): RatioSet[] {
  return tables.flatMap((table) => {
    const { view, title, method, quantity } = table;
    const curves = drawnSteps(table.steps).flatMap((step) => ratioCurve(run, step, table) ?? []);
    return curves.length === 0 ? [] : [{ view, title, method, quantity, curves }];
  });
}

/** The chains, and of the roads that stand in none of them their own step. */
function drawnSteps(steps: readonly TollStep[]): TollStep[] {
  const chains = steps.filter(({ kind }) => kind === "chain");
  const known = new Set(chains.flatMap(({ candidate, baseline }) => [candidate.name, baseline.name]));
  return [...chains, ...steps.filter(({ kind, candidate }) => kind === "step" && !known.has(candidate.name))];
}

function ratioCurve(run: Run, { candidate, baseline }: TollStep, table: TollTable): RatioCurve | null {
  const [upper, lower] = inCommon(roadSeries(run, table, candidate.name), roadSeries(run, table, baseline.name));
  const calls = Math.min(upper.all.count, lower.all.count);
  const levels = LEVELS.filter((level) => countBeyond(level, calls) >= THRESHOLDS.beyondInAll);
  if (levels.length < 2) return null;
  const random = randomStream(run.header.design.seed);
  const options = { levels, uniform: () => random.uniform(), resamples: RESAMPLES };
  const band = quantileRatioBand(upper.counts, lower.counts, options);
  const points = levels.flatMap((level, i): RatioPoint[] => {
    const [above, below] = [upper.all.percentile(level) ?? 0, lower.all.percentile(level) ?? 0];
    if (above <= 0 || below <= 0) return [];
    const [low, high] = [band?.low[i], band?.high[i]];
    return [{ level, ratio: above / below, band: low === undefined || high === undefined ? null : { low, high } }];
  });
  return points.length < 2 ? null : { candidate, baseline, blocks: upper.blocks.length, calls, points };
}
