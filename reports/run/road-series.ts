/**
 * The calls of one road under one load: block by block, and all together. Merging is what takes the time of a report, so
 * each is merged once and kept as long as its run is.
 */
import { seriesHistogram } from "../../results/measured-series.js";
import { standingTrials } from "../../results/paired-trials.js";
import type { Run } from "../../results/run-shape.js";
import { SparseHistogram } from "../../results/sparse-histogram.js";
import type { BlockCounts } from "../../results/statistics/block-bootstrap.js";
import type { TollTable } from "./toll-tables.js";

export interface RoadSeries {
  readonly all: SparseHistogram;
  /** Numbers of the blocks that have such calls, ascending. */
  readonly blocks: readonly number[];
  readonly histograms: readonly SparseHistogram[];
  /** The same, as bands are drawn from. */
  readonly counts: readonly BlockCounts[];
}

const made = new WeakMap<Run, Map<string, RoadSeries>>();

export function roadSeries(run: Run, { view, pass, method, quantity }: TollTable, scenario: string): RoadSeries {
  const known = made.get(run) ?? new Map<string, RoadSeries>();
  made.set(run, known);
  const key = `${view}/${scenario}`;
  let series = known.get(key);
  if (series === undefined) {
    const filled = standingTrials(run, pass, scenario).flatMap(({ block, outcome }) => {
      const histogram = seriesHistogram(outcome.measurement, method, quantity);
      return histogram === null ? [] : [[block, histogram] as const];
    });
    series = seriesOf(filled);
    known.set(key, series);
  }
  return series;
}

/** Both cut to the blocks that they have in common. */
export function inCommon(one: RoadSeries, other: RoadSeries): readonly [RoadSeries, RoadSeries] {
  return [within(one, new Set(other.blocks)), within(other, new Set(one.blocks))];
}

function within(series: RoadSeries, blocks: ReadonlySet<number>): RoadSeries {
  if (series.blocks.every((block) => blocks.has(block))) return series;
  const pairs = series.blocks.map((block, i) => [block, series.histograms[i]] as const);
  return seriesOf(
    pairs.flatMap(([block, histogram]) => (blocks.has(block) && histogram !== undefined ? [[block, histogram]] : [])),
  );
}

function seriesOf(filled: readonly (readonly [number, SparseHistogram])[]): RoadSeries {
  const histograms = filled.map(([, histogram]) => histogram);
  return {
    all: SparseHistogram.merge(histograms),
    blocks: filled.map(([block]) => block),
    histograms,
    counts: histograms.map(countsOf),
  };
}

/** A bucket stands for its highest value, as where quantiles are read. */
function countsOf(histogram: SparseHistogram): BlockCounts {
  const buckets = histogram.buckets();
  return { values: buckets.map(({ toNs }) => toNs - 1), counts: buckets.map(({ count }) => count) };
}
