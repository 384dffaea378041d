/**
 * The Brunner-Munzel test: does a value of the candidate tend to be larger than one of the baseline? It stands beside
 * the two-sample Hodges-Lehmann interval when two runs shared no blocks (METHOD §4.8).
 *
 * Assumes: independent values, nothing else; the two spreads may differ, which the Mann-Whitney test does not forgive.
 * Its p comes from a t distribution with Satterthwaite's degrees of freedom (Brunner and Munzel 2000), which is rough
 * below ten values a side: `small` says so.
 *
 * Easy to get wrong: when the samples do not overlap at all, or a side has one value, the variance it divides by is zero.
 * Then the exact Mann-Whitney p is given instead, and `method` names it.
 */
import { studentTTwoSided } from "./distributions.js";
import { mannWhitneyTest } from "./mann-whitney.js";
import { checkedSample, doubledMidranks } from "./sample.js";

/** From this many values a side on, the t approximation is good. */
const ENOUGH_A_SIDE = 10;

export interface BrunnerMunzelResult {
  /** Two-sided. */
  readonly p: number;
  /** P(candidate > baseline) + ½ P(equal): 0.5 when neither tends to be larger. */
  readonly superiority: number;
  /** W and its degrees of freedom; null where the variance is zero. */
  readonly statistic: number | null;
  readonly degreesOfFreedom: number | null;
  readonly method: "t approximation" | "Mann-Whitney";
  /** Fewer than ten values on a side: take p as a hint. */
  readonly small: boolean;
}

/** @throws Fault on an empty side, NaN or infinity */
export function brunnerMunzelTest(baseline: ArrayLike<number>, candidate: ArrayLike<number>): BrunnerMunzelResult {
  const [from, to] = [checkedSample(baseline, "baseline values"), checkedSample(candidate, "candidate values")];
  const [m, n] = [from.length, to.length];
  const all = doubledMidranks(Float64Array.of(...from, ...to)).doubled;
  const lower = placements(all.subarray(0, m), from);
  const upper = placements(all.subarray(m), to);
  const shared = { superiority: (upper.meanRank - (n + 1) / 2) / m, small: Math.min(m, n) < ENOUGH_A_SIDE };

  const spread = m * lower.variance + n * upper.variance;
  if (!(spread > 0)) {
    const { p } = mannWhitneyTest(from, to);
    return { ...shared, p, statistic: null, degreesOfFreedom: null, method: "Mann-Whitney" };
  }
  const statistic = (m * n * (upper.meanRank - lower.meanRank)) / ((m + n) * Math.sqrt(spread));
  const degreesOfFreedom = spread ** 2 / ((m * lower.variance) ** 2 / (m - 1) + (n * upper.variance) ** 2 / (n - 1));
  const p = studentTTwoSided(statistic, degreesOfFreedom);
  return { ...shared, p, statistic, degreesOfFreedom, method: "t approximation" };
}

/** Mean rank among all values, and the variance of what is left of each rank when the rank within its own side is taken off. */
function placements(ranksAmongAll: Int32Array, values: Float64Array): { meanRank: number; variance: number } {
  const size = values.length;
  const own = doubledMidranks(values).doubled;
  const meanRank = ranksAmongAll.reduce((sum, rank) => sum + rank, 0) / 2 / size;
  const squares = ranksAmongAll.reduce((sum, rank, i) => {
    const excess = (rank - (own[i] as number)) / 2 - meanRank + (size + 1) / 2;
    return sum + excess ** 2;
  }, 0);
  return { meanRank, variance: size > 1 ? squares / (size - 1) : NaN };
}
