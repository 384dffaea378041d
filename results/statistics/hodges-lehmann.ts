/**
 * Hodges-Lehmann estimates with exact rank intervals: how large every toll is, and how sure that is (METHOD §4.2, §4.8).
 *
 * Assumes: paired, one difference per block, blocks independent, differences symmetric about their centre; two-sample,
 * independent values and distributions that differ by a shift. Nothing about their shape.
 *
 * Easy to get wrong: exact rank intervals come in steps, so the confidence reached is nearly always above the one asked
 * for; and below it when there are too few values for any such interval, in which case the widest one is returned and
 * `confidenceReached` says so. Ties only make it larger (the interval covers at least as often as it says).
 */
import type { Interval } from "../comparison-shape.js";
import { mannWhitneyCriticalRank } from "./mann-whitney.js";
import { at, checkedSample, medianOfSorted } from "./sample.js";
import { signedRankCriticalRank, type CriticalRank } from "./signed-rank.js";

export interface RankInterval extends Interval {
  /** What was asked for. */
  readonly confidence: number;
  /** What the interval really has: at least `confidence`, unless there were too few values. */
  readonly confidenceReached: number;
  /** Pairs; of two samples, the size of the smaller one. */
  readonly n: number;
}

export interface IntervalOptions {
  /** 0.95 unless told otherwise; 1 − α/m within a family of m. */
  readonly confidence?: number;
}

/**
 * The centre of paired differences: the median of the n(n+1)/2 Walsh averages (dᵢ+dⱼ)/2, with the interval from the
 * k-th smallest to the k-th largest of them (Hodges and Lehmann 1963; reference S §A4.3). Same unit as the differences.
 * Exact up to n = 50, then by the normal approximation to k. Takes n²/2 memory: meant for blocks, not for requests.
 * @throws Fault on no differences, NaN or infinity
 */
export function hodgesLehmannPaired(differences: ArrayLike<number>, options: IntervalOptions = {}): RankInterval {
  const sample = checkedSample(differences, "paired differences");
  const n = sample.length;
  const walsh = new Float64Array((n * (n + 1)) / 2);
  for (let i = 0, next = 0; i < n; i++) {
    for (let j = i; j < n; j++) walsh[next++] = (at(sample, i) + at(sample, j)) / 2;
  }
  const confidence = options.confidence ?? 0.95;
  return bounded(walsh.sort(), signedRankCriticalRank(n, confidence), confidence, n);
}

/**
 * How far the candidate's values lie above the baseline's: the median of all differences candidate − baseline, with the
 * interval from the k-th smallest to the k-th largest (reference S §A4.5). For values that share no blocks: print "not
 * interleaved" beside it. Exact up to 50 values a side.
 * @throws Fault on an empty side, NaN or infinity
 */
export function hodgesLehmannTwoSample(
  baseline: ArrayLike<number>,
  candidate: ArrayLike<number>,
  options: IntervalOptions = {},
): RankInterval {
  const [from, to] = [checkedSample(baseline, "baseline values"), checkedSample(candidate, "candidate values")];
  const shifts = new Float64Array(from.length * to.length);
  let next = 0;
  for (const after of to) for (const before of from) shifts[next++] = after - before;
  const confidence = options.confidence ?? 0.95;
  const critical = mannWhitneyCriticalRank(from.length, to.length, confidence);
  return bounded(shifts.sort(), critical, confidence, Math.min(from.length, to.length));
}

/** Without what it is built on. */
export function plainInterval({ estimate, low, high }: RankInterval): Interval {
  return { estimate, low, high };
}

function bounded(sorted: Float64Array, critical: CriticalRank, confidence: number, n: number): RankInterval {
  return {
    estimate: medianOfSorted(sorted),
    low: at(sorted, critical.rank - 1),
    high: at(sorted, sorted.length - critical.rank),
    confidence,
    confidenceReached: critical.confidenceReached,
    n,
  };
}
