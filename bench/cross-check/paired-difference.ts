/**
 * How far the second arm of some pairs lies above the first: Hodges-Lehmann with exact signed-rank intervals, in ns and
 * as a ratio (METHOD §4.2), and the smallest difference that so many pairs with such a spread can see.
 */
import type { Interval } from "../../results/comparison-shape.js";
import { SMALLEST_N_FOR_VERDICT } from "../../results/statistics/equivalence.js";
import { hodgesLehmannPaired } from "../../results/statistics/hodges-lehmann.js";
import { blocksNeeded } from "../../results/statistics/sample-size.js";

export interface PairedDifference {
  /** Medians over the pairs, for the table. */
  readonly firstNs: number;
  readonly secondNs: number;
  /** second − first */
  readonly absoluteNs: Interval;
  /** second / first */
  readonly ratio: Interval;
  /** What the intervals really have: exact ones come in steps. */
  readonly confidence: number;
  readonly n: number;
}

/**
 * Null with fewer pairs than a verdict takes, or with values that have no logarithm.
 * @param firsts and @param seconds one value per pair, ns
 */
export function pairedDifference(firsts: readonly number[], seconds: readonly number[]): PairedDifference | null {
  const n = firsts.length;
  if (n < SMALLEST_N_FOR_VERDICT || ![...firsts, ...seconds].every((value) => value > 0)) return null;
  const absolute = hodgesLehmannPaired(firsts.map((first, i) => seconds[i]! - first));
  const logs = hodgesLehmannPaired(logRatios(firsts, seconds));
  return {
    firstNs: median(firsts),
    secondNs: median(seconds),
    absoluteNs: intervalOf(absolute),
    ratio: { estimate: Math.exp(logs.estimate), low: Math.exp(logs.low), high: Math.exp(logs.high) },
    confidence: logs.confidenceReached,
    n,
  };
}

/**
 * The smallest effect, as a fraction, that an A/A of this size tells from nothing with 80 % power at 95 % confidence.
 * Null with too few pairs.
 */
export function smallestDetectable(firsts: readonly number[], seconds: readonly number[]): number | null {
  const n = firsts.length;
  if (n < SMALLEST_N_FOR_VERDICT) return null;
  const sd = deviation(logRatios(firsts, seconds));
  if (sd === 0) return 0;
  let [blind, seen] = [0, sd];
  while (blocksNeeded(sd, seen) > n) {
    if (seen > sd * 100) return null;
    seen *= 2;
  }
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (blind + seen) / 2;
    if (middle > 0 && blocksNeeded(sd, middle) <= n) seen = middle;
    else blind = middle;
  }
  return Math.expm1(seen);
}

/** 2⁻³⁰ of the spread: far below what a planning number is worth. */
const BISECTIONS = 30;

function logRatios(firsts: readonly number[], seconds: readonly number[]): number[] {
  return firsts.map((first, i) => Math.log(seconds[i]! / first));
}

function intervalOf({ estimate, low, high }: Interval): Interval {
  return { estimate, low, high };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
