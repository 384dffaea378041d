/**
 * The trend of one toll: where its level changed, how far its runs depend on each other, and where it stands now.
 *
 * Easy to get wrong: the series is that of ln ratios, whose machine cancels; a known change of the set-up is no finding
 * but a break; and a change point among runs that depend on each other may be none (reference S §A8).
 */
import type { Interval } from "../comparison-shape.js";
import { findChangePoints } from "../statistics/change-points.js";
import { hodgesLehmannPaired, plainInterval } from "../statistics/hodges-lehmann.js";
import type { CellTrend, HistoryPoint, StableRange } from "./history-shape.js";

/** METHOD §4.9: above it an interleaved run must confirm a change point. */
export const LAG1_LIMIT = 0.2;

/** As many as E-divisive looks at together; a level's newest runs say where it stands. */
export const NEWEST_RUNS = 50;

/**
 * @param breaks indices of points before which the fingerprint changed
 * @param minEffect smallest change of the ratio that counts, as a fraction
 */
export function cellTrend(points: readonly HistoryPoint[], breaks: readonly number[], minEffect: number): CellTrend {
  const thetas = points.map(({ toll }) => toll.theta.estimate);
  const analysis = findChangePoints(thetas, { breaks, minMagnitude: Math.log1p(minEffect) });
  if (analysis.state === "too few") return analysis;
  const { points: changePoints, levels, lag1 } = analysis;
  return {
    state: "analysed",
    changePoints,
    levels,
    lag1,
    asksForConfirmation: lag1 !== null && lag1 > LAG1_LIMIT,
    stable: stableRange(points, levels.at(-1) ?? 0),
  };
}

function stableRange(points: readonly HistoryPoint[], from: number): StableRange {
  const { ratio, tollNs, confidence } = levelOf(points.slice(from).slice(-NEWEST_RUNS));
  return { from, n: points.length - from, ratio, tollNs, confidence };
}

export interface Level {
  readonly ratio: Interval;
  readonly tollNs: Interval | null;
  readonly confidence: number;
}

/** Where some runs stand together: the unit is the run. @param points at least one */
export function levelOf(points: readonly HistoryPoint[]): Level {
  const theta = hodgesLehmannPaired(points.map(({ toll }) => toll.theta.estimate));
  const tolls = points.flatMap(({ toll }) => (toll.absoluteNs === null ? [] : [toll.absoluteNs.estimate]));
  return {
    ratio: {
      estimate: Math.exp(theta.estimate),
      low: Math.exp(theta.low),
      high: Math.exp(theta.high),
    },
    tollNs: tolls.length === 0 ? null : plainInterval(hodgesLehmannPaired(tolls)),
    confidence: theta.confidenceReached,
  };
}
