/**
 * How far the tolls of one run lie from those of another: two-sample Hodges-Lehmann with the exact rank interval, and
 * Brunner-Munzel beside it (METHOD §4.8; reference S §A4.5). The blocks of two runs share nothing, so all of this is
 * "not interleaved": whatever else changed between the two days is in it.
 */
import type { Interval } from "../comparison-shape.js";
import { brunnerMunzelTest, type BrunnerMunzelResult } from "../statistics/brunner-munzel.js";
import { hodgesLehmannTwoSample, type RankInterval } from "../statistics/hodges-lehmann.js";
import { mannWhitneyTest } from "../statistics/mann-whitney.js";
import type { CellSample } from "./cell-sample.js";

export interface Shift {
  /** θ after − θ before, ln. */
  readonly theta: RankInterval;
  /** e^theta: 1.05 is a toll ratio 5 % above what it was. */
  readonly ratio: Interval;
  /** The change of the toll itself, ns. The machine's speed is in it. */
  readonly changeNs: RankInterval;
  /** Exact Mann-Whitney, two-sided. */
  readonly p: number;
  readonly brunnerMunzel: BrunnerMunzelResult;
}

/**
 * Null when a side has no value.
 * @param confidence of both intervals: 1 − α, or 1 − α/m within a family
 */
export function shiftBetween(before: Values, after: Values, confidence: number): Shift | null {
  if (before.thetas.length === 0 || after.thetas.length === 0) return null;
  const theta = hodgesLehmannTwoSample(before.thetas, after.thetas, { confidence });
  return {
    theta,
    ratio: { estimate: Math.exp(theta.estimate), low: Math.exp(theta.low), high: Math.exp(theta.high) },
    changeNs: hodgesLehmannTwoSample(before.valuesNs, after.valuesNs, { confidence }),
    p: mannWhitneyTest(before.thetas, after.thetas).p,
    brunnerMunzel: brunnerMunzelTest(before.thetas, after.thetas),
  };
}

type Values = Pick<CellSample, "thetas" | "valuesNs">;
