/**
 * From an interval to a word. The rule of METHOD §4.4, on the scale of the interval (ln ratio, lower is better).
 *
 * Easy to get wrong: "no difference seen" is not "no difference". `indistinguishable` is a positive claim and needs the
 * whole interval inside the margin (two one-sided tests at once, conservative); everything that is neither that nor
 * clear of the margin is `inconclusive`.
 */
import { Fault } from "../../loadgen/fault.js";

/** What statistics alone can say; `invalid`, `added` and `removed` are decided before there is an interval. */
export type IntervalVerdict = "slower" | "faster" | "indistinguishable" | "inconclusive";

/** Fewer pairs than this carry no verdict: five cannot reach p = 0.05 (2/2⁵ = 0.0625). */
export const SMALLEST_N_FOR_VERDICT = 6;

export interface JudgedInterval {
  readonly low: number;
  readonly high: number;
  /** Asked for and reached; an interval that falls short of what was asked carries no verdict. */
  readonly confidence: number;
  readonly confidenceReached: number;
}

/**
 * @param margin δ ≥ 0 on the interval's own scale: ln(1 + fraction) for log ratios
 * @param n pairs, or of two samples the size of the smaller one
 * @throws Fault on a margin below zero or a bound that is NaN
 */
export function judgeInterval(interval: JudgedInterval, margin: number, n: number): IntervalVerdict {
  if (!(margin >= 0) || !(interval.low <= interval.high)) {
    throw new Fault({
      fact: "this interval and margin cannot be judged",
      expected: "low ≤ high and a margin of at least 0",
      seen: `[${interval.low}, ${interval.high}] with margin ${margin}`,
    });
  }
  if (n < SMALLEST_N_FOR_VERDICT || interval.confidenceReached < interval.confidence - 1e-12) return "inconclusive";
  if (interval.low > margin) return "slower";
  if (interval.high < -margin) return "faster";
  return interval.low >= -margin && interval.high <= margin ? "indistinguishable" : "inconclusive";
}

/** The sub-label of an inconclusive cell: the interval leaves zero out, but does not clear the margin. */
export function leaning(interval: Pick<JudgedInterval, "low" | "high">): "slower" | "faster" | null {
  if (interval.low > 0) return "slower";
  return interval.high < 0 ? "faster" : null;
}
