/** What each road's call costs in CPU beyond the road below it: the part of the price that policy and proxy are. */
import type { Interval } from "../../results/comparison-shape.js";
import type { RoadCapacity } from "../../results/capacity/road-capacity.js";
import { CHAINS } from "../../scenarios/catalogue.js";

export interface Addition {
  readonly candidate: string;
  readonly baseline: string;
  /** Slope less slope; bounds from the far ends of both intervals, so at least as wide as they must be. */
  readonly perCallNs: Interval;
}

/** The declared chains of which both roads have a CPU line. */
export function additions(roads: readonly RoadCapacity[]): Addition[] {
  const lineOf = (name: string): Interval | null =>
    roads.find(({ scenario }) => scenario.name === name)?.lines.road?.perCallNs ?? null;
  return CHAINS.flatMap(({ candidate, baseline }) => {
    const [upper, lower] = [lineOf(candidate), lineOf(baseline)];
    if (upper === null || lower === null) return [];
    const perCallNs = {
      estimate: upper.estimate - lower.estimate,
      low: upper.low - lower.high,
      high: upper.high - lower.low,
    };
    return [{ candidate, baseline, perCallNs }];
  });
}
