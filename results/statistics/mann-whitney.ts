/**
 * The Mann-Whitney U test for two independent samples: runs that were not interleaved, or arms without blocks.
 *
 * Assumes: independent values; under the null hypothesis both samples come from one distribution (a difference in
 * spread alone can reject it: Brunner-Munzel is the test that forgives that). The unit is the trial, never the request.
 *
 * Exact up to 50 values a side, ties included: the null distribution is that of the midranks actually seen over all
 * C(n+m, n) ways to deal them out, counted by dynamic programming (every step adds positive numbers, so the relative
 * error stays near 1e-15). Beyond that the normal approximation with tie and continuity correction.
 */
import { normalCdf, normalQuantile } from "./distributions.js";
import { checkedSample, doubledMidranks } from "./sample.js";
import { criticalRank, type CriticalRank } from "./signed-rank.js";

/** Up to this many values a side p and critical ranks are exact. */
export const EXACT_MANN_WHITNEY_LIMIT = 50;

export interface MannWhitneyResult {
  /** Two-sided: twice the smaller tail, at most 1. */
  readonly p: number;
  /** U: pairs in which the candidate's value is the larger one, ties counted half. */
  readonly statistic: number;
  readonly baselineN: number;
  readonly candidateN: number;
  readonly method: MannWhitneyMethod;
}

export type MannWhitneyMethod = "exact" | "normal approximation";

/**
 * Do the candidate's values tend to be larger or smaller than the baseline's?
 * @param method only for tests and cross-checks; by default exact wherever the limit allows
 * @throws Fault on an empty side, NaN or infinity
 */
export function mannWhitneyTest(
  baseline: ArrayLike<number>,
  candidate: ArrayLike<number>,
  method: MannWhitneyMethod = methodFor(baseline.length, candidate.length),
): MannWhitneyResult {
  const [from, to] = [checkedSample(baseline, "baseline values"), checkedSample(candidate, "candidate values")];
  const [m, n] = [from.length, to.length];
  const { doubled, ties } = doubledMidranks(Float64Array.of(...from, ...to));
  const doubledRankSum = doubled.subarray(m).reduce((sum, rank) => sum + rank, 0);
  const statistic = (doubledRankSum - n * (n + 1)) / 2;
  const p =
    method === "normal approximation"
      ? approximateP(statistic, m, n, ties)
      : ties.length === 0
        ? twoSided(untiedNull(m, n).mass, statistic)
        : twoSided(rankSumMass(doubled, n), doubledRankSum);
  return { p, statistic, baselineN: m, candidateN: n, method };
}

/**
 * Which of the ordered differences bound an interval for the shift of at least this confidence: D(k) … D(nm+1−k),
 * k the largest with P(U < k) ≤ α/2, at least 1 (R's qwilcox, but where α/2 is met exactly; reference S §A4.5).
 */
export function mannWhitneyCriticalRank(m: number, n: number, confidence: number): CriticalRank {
  const tail = (1 - confidence) / 2;
  if (methodFor(m, n) === "exact") return criticalRank(untiedNull(m, n).cdf, tail);
  const mean = (m * n) / 2;
  const sd = Math.sqrt((m * n * (m + n + 1)) / 12);
  const rank = Math.max(1, Math.floor(mean + 0.5 + normalQuantile(tail) * sd));
  return { rank, confidenceReached: 1 - 2 * normalCdf((rank - 0.5 - mean) / sd) };
}

/** The smallest two-sided p that samples of these sizes can give: all of one side above all of the other, 2/C(m+n, n). */
export function smallestMannWhitneyP(m: number, n: number): number {
  let ways = 1;
  for (let i = 1; i <= n; i++) ways = (ways * (m + i)) / i;
  return Math.min(1, 2 / ways);
}

function methodFor(m: number, n: number): MannWhitneyMethod {
  return Math.max(m, n) <= EXACT_MANN_WHITNEY_LIMIT ? "exact" : "normal approximation";
}

/** Both tails are summed from their own end: 1 − the other one would lose a p of 1e-17. */
function twoSided(mass: Float64Array, statistic: number): number {
  let [lower, upper] = [0, 0];
  for (let s = 0; s <= statistic; s++) lower += mass[s] as number;
  for (let s = mass.length - 1; s >= statistic; s--) upper += mass[s] as number;
  return Math.min(1, 2 * Math.min(lower, upper));
}

function approximateP(statistic: number, m: number, n: number, ties: readonly number[]): number {
  const all = m + n;
  const tied = ties.reduce((sum, size) => sum + (size ** 3 - size), 0);
  const variance = ((m * n) / 12) * (all + 1 - tied / (all * (all - 1)));
  if (!(variance > 0)) return 1;
  const distance = Math.max(0, Math.abs(statistic - (m * n) / 2) - 0.5);
  return Math.min(1, 2 * normalCdf(-distance / Math.sqrt(variance)));
}

const untied = new Map<string, { mass: Float64Array; cdf: Float64Array }>();

/** P(U = u) and P(U ≤ u) without ties, u = 0 … nm; kept, since reports and simulations ask for the same sizes again. */
function untiedNull(m: number, n: number): { mass: Float64Array; cdf: Float64Array } {
  const key = `${m} ${n}`;
  const known = untied.get(key);
  if (known !== undefined) return known;
  const ranks = Int32Array.from({ length: m + n }, (_, i) => i + 1);
  // U is the rank sum less the smallest it can be.
  const mass = rankSumMass(ranks, n).slice((n * (n + 1)) / 2);
  let sum = 0;
  const made = { mass, cdf: mass.map((each) => (sum += each)) };
  untied.set(key, made);
  return made;
}

/**
 * P(sum of `drawn` ranks, dealt at random from all of them, = s) for s up to the largest sum there can be. In ascending
 * order, `count` of the first ranks add up to no less than the first `count` of them and no more than the last: only
 * those sums are visited, a tenth of all.
 */
function rankSumMass(ranks: Int32Array, drawn: number): Float64Array {
  const ascending = ranks.slice().sort();
  // sums[i]: of the first i ranks.
  const sums = new Float64Array(ascending.length + 1);
  ascending.forEach((rank, i) => (sums[i + 1] = (sums[i] as number) + rank));
  const sumOf = (from: number, to: number): number => (sums[to] as number) - (sums[from] as number);
  const width = sumOf(ascending.length - drawn, ascending.length) + 1;
  // ways[c · width + s]: in how many ways c of the ranks seen so far add up to s.
  const ways = new Float64Array((drawn + 1) * width);
  ways[0] = 1;
  ascending.forEach((rank, before) => {
    const seen = before + 1;
    const fewest = Math.max(1, drawn - (ascending.length - seen));
    for (let count = Math.min(seen, drawn); count >= fewest; count--) {
      const [row, less] = [count * width, (count - 1) * width - rank];
      const highest = sumOf(seen - count, seen);
      for (let s = sumOf(0, count - 1) + rank; s <= highest; s++) {
        ways[row + s] = (ways[row + s] as number) + (ways[less + s] as number);
      }
    }
  });
  const last = ways.subarray(drawn * width);
  const total = last.reduce((sum, count) => sum + count, 0);
  return last.map((count) => count / total);
}
