/**
 * All calls of one road under one load, from the trials that stand. Merging is what takes the time of a report, so each
 * is merged once and kept as long as its run is.
 */
import type { Quantity } from "../loadgen/measurement.js";
import { seriesHistogram } from "./measured-series.js";
import { standingTrials } from "./paired-trials.js";
import type { Run } from "./run-shape.js";
import { SparseHistogram } from "./sparse-histogram.js";
import type { PassName } from "./trial.js";

/** Whose calls. */
export interface RoadOfCalls {
  readonly pass: PassName;
  readonly scenario: string;
  readonly method: string;
  readonly quantity: Quantity;
}

export interface RoadCalls {
  /** Numbers of the blocks that have such calls, ascending, and the calls of each. */
  readonly blocks: readonly number[];
  readonly histograms: readonly SparseHistogram[];
  readonly all: SparseHistogram;
}

const made = new WeakMap<Run, Map<string, RoadCalls>>();

export function roadCalls(run: Run, road: RoadOfCalls): RoadCalls {
  const known = made.get(run) ?? new Map<string, RoadCalls>();
  made.set(run, known);
  const key = [road.pass, road.scenario, road.method, road.quantity].join("\n");
  const calls = known.get(key) ?? gathered(run, road);
  known.set(key, calls);
  return calls;
}

function gathered(run: Run, { pass, scenario, method, quantity }: RoadOfCalls): RoadCalls {
  const filled = standingTrials(run, pass, scenario).flatMap(({ block, outcome }) => {
    const histogram = seriesHistogram(outcome.measurement, method, quantity);
    return histogram === null ? [] : [{ block, histogram }];
  });
  const histograms = filled.map(({ histogram }) => histogram);
  return { blocks: filled.map(({ block }) => block), histograms, all: SparseHistogram.merge(histograms) };
}
