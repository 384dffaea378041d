/**
 * Wilcoxon's signed-rank test, exact: the test behind every paired verdict (METHOD §4.2).
 *
 * Assumes: one difference per block, blocks independent, differences symmetric about their centre under the null
 * hypothesis (true for randomised arms that do not differ, since then each sign is a coin toss). Nothing about their
 * shape or variance.
 *
 * Easy to get wrong: histogram values come in steps, so differences tie and vanish. Zeros are dropped (Wilcoxon's own
 * rule), equal sizes share their mean rank, and the null distribution is that of exactly these ranks under all 2ⁿ sign
 * flips, so p stays exact under ties. Up to n = 50 every probability is a multiple of 2⁻⁵⁰, which a double holds
 * without rounding; beyond that the normal approximation with tie and continuity correction takes over and says so.
 */
import { normalCdf, normalQuantile } from "./distributions.js";
import { checkedSample, doubledMidranks } from "./sample.js";

/** Up to this many non-zero differences p and critical ranks are exact. */
export const EXACT_SIGNED_RANK_LIMIT = 50;

export interface SignedRankResult {
  /** Two-sided: twice the smaller tail, at most 1. */
  readonly p: number;
  /** V, the sum of the ranks of the positive differences. */
  readonly statistic: number;
  /** Differences that were ranked: all but the zeros. */
  readonly n: number;
  readonly zeros: number;
  readonly method: "exact" | "normal approximation";
}

/**
 * Are the differences centred on zero? All zeros give p = 1 and n = 0: there is nothing to rank, and nothing to doubt.
 * @throws Fault on no differences at all, NaN or infinity
 */
export function signedRankTest(differences: ArrayLike<number>): SignedRankResult {
  const all = checkedSample(differences, "paired differences");
  const ranked = all.filter((difference) => difference !== 0);
  const { doubled, ties } = doubledMidranks(ranked.map(Math.abs));
  const doubledV = doubled.reduce((sum, rank, i) => ((ranked[i] as number) > 0 ? sum + rank : sum), 0);
  const exact = ranked.length <= EXACT_SIGNED_RANK_LIMIT;
  const p = exact ? exactP(doubled, ties, doubledV) : approximateP(doubled, doubledV);
  return {
    p,
    statistic: doubledV / 2,
    n: ranked.length,
    zeros: all.length - ranked.length,
    method: exact ? "exact" : "normal approximation",
  };
}

export interface CriticalRank {
  /** Both ends of an interval lie this many ordered values from the outside, counting from 1. */
  readonly rank: number;
  /** The confidence that this rank really gives; below the one asked for when there are too few values for it. */
  readonly confidenceReached: number;
}

/**
 * Which of the ordered Walsh averages bound an interval of at least this confidence: W(k) … W(M+1−k), k the
 * largest with P(V < k) ≤ α/2, at least 1 (R's qsignrank, but where α/2 is met exactly; reference S §A4.3). Beyond 50 differences by the
 * normal approximation.
 */
export function signedRankCriticalRank(n: number, confidence: number): CriticalRank {
  const tail = (1 - confidence) / 2;
  if (n > EXACT_SIGNED_RANK_LIMIT) {
    const mean = (n * (n + 1)) / 4;
    const sd = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
    const rank = Math.max(1, Math.floor(mean + 0.5 + normalQuantile(tail) * sd));
    return { rank, confidenceReached: 1 - 2 * normalCdf((rank - 0.5 - mean) / sd) };
  }
  return criticalRank(signedRankCdf(n), tail);
}

/** The smallest two-sided p that n non-zero differences can give: all of one sign. */
export const smallestSignedRankP = (n: number): number => Math.min(1, 2 ** (1 - n));

/** The largest rank whose interval still has the confidence asked for, from the cumulative null distribution over 0, 1 …. */
export function criticalRank(cdf: Float64Array, tail: number): CriticalRank {
  // 1 − 0.95 is not quite 0.05 in a double; a tail that is met exactly must count as met.
  const above = cdf.findIndex((cumulative) => cumulative > tail * (1 + 1e-12));
  const rank = Math.max(1, above);
  return { rank, confidenceReached: 1 - 2 * (cdf[rank - 1] as number) };
}

function exactP(doubled: Int32Array, ties: readonly number[], doubledV: number): number {
  if (doubled.length === 0) return 1;
  if (ties.length === 0) return twoSided(signedRankCdf(doubled.length), doubledV / 2);
  return twoSided(signFlipCdf(doubled), doubledV);
}

function twoSided(cdf: Float64Array, statistic: number): number {
  const lower = cdf[statistic] as number;
  const upper = 1 - (cdf[statistic - 1] ?? 0);
  return Math.min(1, 2 * Math.min(lower, upper));
}

const untied = new Map<number, Float64Array>();

/** P(V ≤ v) for untied ranks 1 … n, kept: simulations and reports ask for the same few n over and over. */
function signedRankCdf(n: number): Float64Array {
  let cdf = untied.get(n);
  if (cdf === undefined) {
    cdf = signFlipCdf(Int32Array.from({ length: n }, (_, i) => i + 1));
    untied.set(n, cdf);
  }
  return cdf;
}

/** P(sum of the ranks whose coin fell on heads ≤ s) for s = 0 … Σ ranks, by multiplying out Π (1 + x^rank)/2. */
function signFlipCdf(ranks: Int32Array): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const mass = new Float64Array(total + 1);
  mass[0] = 1;
  let top = 0;
  for (const rank of ranks) {
    top += rank;
    for (let s = top; s >= 0; s--) {
      const heads = s >= rank ? (mass[s - rank] as number) : 0;
      mass[s] = ((mass[s] as number) + heads) / 2;
    }
  }
  for (let s = 1; s <= total; s++) mass[s] = (mass[s] as number) + (mass[s - 1] as number);
  return mass;
}

/** Normal approximation; the variance of the midranks themselves, Σ rank²/4, is the tie correction. */
function approximateP(doubled: Int32Array, doubledV: number): number {
  const mean = doubled.reduce((sum, rank) => sum + rank, 0) / 4;
  const sd = Math.sqrt(doubled.reduce((sum, rank) => sum + rank * rank, 0) / 16);
  const distance = Math.max(0, Math.abs(doubledV / 2 - mean) - 0.5);
  return Math.min(1, 2 * normalCdf(-distance / sd));
}
