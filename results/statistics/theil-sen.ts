/**
 * A straight line through points that may hold outliers: the median of all slopes between two of them (Theil 1950), with
 * Sen's interval (1968) from the exact distribution of Kendall's S.
 *
 * Assumes: independent errors of one distribution about the line, whatever its shape; all x distinct. A neighbour's burst
 * of work in one window is such an outlier: least squares would let it tilt the line, the median of slopes does not
 * notice it as long as fewer than 29 % of the points are hit.
 *
 * Easy to get wrong: the interval comes in steps, so that few points reach more confidence than was asked for; and below
 * five points no interval of 95 % exists at all.
 */
import type { Interval } from "../comparison-shape.js";
import { at, checkedSample, medianOfSorted } from "./sample.js";
import { criticalRank } from "./signed-rank.js";

export interface TheilSenLine {
  /** y per x. */
  readonly slope: Interval;
  /** y at x = 0: the median of y − slope·x; its bounds are the same at the slope's bounds, hence approximate. */
  readonly intercept: Interval;
  readonly confidenceReached: number;
  readonly n: number;
}

/**
 * @param x distinct values, at least two
 * @throws Fault on NaN, infinity or no points
 */
export function theilSenLine(x: ArrayLike<number>, y: ArrayLike<number>, confidence = 0.95): TheilSenLine {
  const [xs, ys] = [checkedSample(x, "rates"), checkedSample(y, "values over rates")];
  const n = xs.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  for (let i = 0, next = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) slopes[next++] = (at(ys, j) - at(ys, i)) / (at(xs, j) - at(xs, i));
  }
  slopes.sort();
  const { rank, confidenceReached } = criticalRank(discordantCdf(n), (1 - confidence) / 2);
  const slope = {
    estimate: medianOfSorted(slopes),
    low: at(slopes, rank - 1),
    high: at(slopes, slopes.length - rank),
  };
  const interceptAt = (tilt: number): number => medianOfSorted(ys.map((value, i) => value - tilt * at(xs, i)).sort());
  const intercept = {
    estimate: interceptAt(slope.estimate),
    low: interceptAt(slope.high),
    high: interceptAt(slope.low),
  };
  return { slope, intercept, confidenceReached, n };
}

/**
 * P(at most k of the n(n−1)/2 pairs are discordant) when x and y have nothing to do with each other: permutations by
 * their inversions, one more element at a time (Mahonian numbers). Kendall's S is the number of pairs less twice that.
 */
export function discordantCdf(n: number): Float64Array {
  let mass = Float64Array.of(1);
  for (let size = 2; size <= n; size++) {
    const grown = new Float64Array((size * (size - 1)) / 2 + 1);
    mass.forEach((share, inversions) => {
      for (let more = 0; more < size; more++) grown[inversions + more]! += share / size;
    });
    mass = grown;
  }
  let sum = 0;
  return mass.map((each) => (sum += each));
}
