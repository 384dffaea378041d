/**
 * Intervals for one quantile from order statistics: between which two of the sorted values does it lie?
 *
 * Assumes: independent values of one distribution, of any shape. Calls of one trial are not independent, so an interval
 * made from them is too narrow: it may be drawn, it decides nothing. Trials are, so a median over trials may be bounded
 * this way.
 *
 * Easy to get wrong: with too few values one end would lie outside the sample, at infinity. Then there is no interval,
 * and the answer says how many values it takes.
 */
import { Fault } from "../../loadgen/fault.js";
import { binomialCdf, binomialQuantile } from "./distributions.js";
import { at, ascendingSample } from "./sample.js";

export type OrderStatisticRanks =
  | {
      readonly kind: "ranks";
      /** Counted from 1: the quantile lies between the sorted values at these places. */
      readonly low: number;
      readonly high: number;
      readonly confidenceReached: number;
    }
  | NotEnough;

export type QuantileInterval =
  | { readonly kind: "interval"; readonly low: number; readonly high: number; readonly confidenceReached: number }
  | NotEnough;

export interface NotEnough {
  readonly kind: "not enough";
  readonly n: number;
  /** The smallest number of values with which both ends are finite. */
  readonly needed: number;
}

/**
 * Which order statistics bound the quantile with at least this confidence: l = qbinom(α/2, n, p) and
 * u = qbinom(1−α/2, n, p) + 1, reached P(l ≤ B < u) for B binomial (reference S §A4.6).
 * @param level the quantile, 0 < level < 1
 * @param confidence 0 < confidence ≤ 1; at 1 there is never enough
 * @throws Fault on a level or confidence outside its range
 */
export function orderStatisticRanks(n: number, level: number, confidence: number): OrderStatisticRanks {
  requireShare(level, "quantile level", level > 0 && level < 1);
  requireShare(confidence, "confidence", confidence > 0 && confidence <= 1);
  const tail = (1 - confidence) / 2;
  const low = n > 0 ? binomialQuantile(tail, n, level) : 0;
  const high = n > 0 ? binomialQuantile(1 - tail, n, level) + 1 : 1;
  if (low < 1 || high > n) return { kind: "not enough", n, needed: valuesNeeded(level, confidence) };
  const confidenceReached = binomialCdf(high - 1, n, level) - binomialCdf(low - 1, n, level);
  return { kind: "ranks", low, high, confidenceReached };
}

/**
 * The interval itself, from raw values; from a histogram take `orderStatisticRanks` and look the ranks up.
 * @throws Fault on no values, NaN or infinity, or a level or confidence outside its range
 */
export function quantileInterval(values: ArrayLike<number>, level: number, confidence = 0.95): QuantileInterval {
  const sorted = ascendingSample(values, "values");
  const ranks = orderStatisticRanks(sorted.length, level, confidence);
  if (ranks.kind === "not enough") return ranks;
  const { low, high, confidenceReached } = ranks;
  return { kind: "interval", low: at(sorted, low - 1), high: at(sorted, high - 1), confidenceReached };
}

/**
 * The smallest n for which neither end lies outside the sample: levelⁿ and (1−level)ⁿ below α/2. For the median at 95 %
 * it is 6, for p99 368, for p99.9 3,688; Infinity at confidence 1.
 */
export function valuesNeeded(level: number, confidence: number): number {
  const tail = (1 - confidence) / 2;
  return Math.floor(Math.log(tail) / Math.log(Math.max(level, 1 - level))) + 1;
}

function requireShare(value: number, what: string, fits: boolean): void {
  if (!fits) throw new Fault({ fact: `no such ${what}`, expected: "a number between 0 and 1", seen: String(value) });
}
