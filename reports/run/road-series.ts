/** The calls of one road of a toll table, block by block, in the forms that curves and bands are drawn from. */
import { roadCalls, type RoadCalls } from "../../results/road-calls.js";
import type { Run } from "../../results/run-shape.js";
import { SparseHistogram } from "../../results/sparse-histogram.js";
import type { BlockCounts } from "../../results/statistics/block-bootstrap.js";
import type { TollTable } from "./toll-tables.js";

export interface RoadSeries extends RoadCalls {
  /** The blocks' histograms as bands are drawn from. */
  readonly counts: readonly BlockCounts[];
}

const made = new WeakMap<RoadCalls, RoadSeries>();

export function roadSeries(run: Run, { pass, method, quantity }: TollTable, scenario: string): RoadSeries {
  const calls = roadCalls(run, { pass, scenario, method, quantity });
  const series = made.get(calls) ?? { ...calls, counts: calls.histograms.map(countsOf) };
  made.set(calls, series);
  return series;
}

/** Both cut to the blocks that they have in common. */
export function inCommon(one: RoadSeries, other: RoadSeries): readonly [RoadSeries, RoadSeries] {
  return [within(one, new Set(other.blocks)), within(other, new Set(one.blocks))];
}

function within(series: RoadSeries, blocks: ReadonlySet<number>): RoadSeries {
  if (series.blocks.every((block) => blocks.has(block))) return series;
  const kept = <T>(values: readonly T[]): T[] => values.filter((_, i) => blocks.has(series.blocks[i] ?? NaN));
  const histograms = kept(series.histograms);
  return {
    ...{ blocks: kept(series.blocks), histograms, counts: kept(series.counts) },
    all: SparseHistogram.merge(histograms),
  };
}

/** A bucket stands for its highest value, as where quantiles are read. */
function countsOf(histogram: SparseHistogram): BlockCounts {
  const buckets = histogram.buckets();
  return { values: buckets.map(({ toNs }) => toNs - 1), counts: buckets.map(({ count }) => count) };
}
