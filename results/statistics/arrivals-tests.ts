/**
 * Do the gaps between arrivals follow the distribution that was asked for? Kolmogorov-Smirnov (feels the middle) and
 * Anderson-Darling (feels the tails) tests, for checking schedules and the generator in calibration.
 *
 * Assumes: independent values, and a distribution that was fixed beforehand; with a rate estimated from the same gaps
 * both p-values come out too large.
 *
 * Easy to get wrong: with a million gaps any deviation, however harmless, is significant. A verdict on a trial goes by
 * the distance, not by its p (METHOD §3). And a constant schedule has no continuous distribution to be compared with:
 * any jitter at all is a distance of one half. Such gaps are judged by lateness.
 */
import { Fault } from "../../loadgen/fault.js";
import { ascendingSample, at } from "./sample.js";

export type Cdf = (value: number) => number;

/** Gaps of a Poisson process with this mean gap, same unit as the gaps. */
export const exponentialCdf =
  (meanGap: number): Cdf =>
  (gap) =>
    gap <= 0 ? 0 : -Math.expm1(-gap / meanGap);

export interface DistributionTest {
  /** Kolmogorov distance, or A². */
  readonly statistic: number;
  readonly p: number;
  readonly n: number;
}

/**
 * One sample against a distribution: the largest distance between the two cumulative curves, with the p of Kolmogorov's
 * limit law at (√n + 0.12 + 0.11/√n)·D (Stephens 1970), good to about 0.01 from n = 5 on.
 * @throws Fault on no values, NaN or infinity
 */
export function kolmogorovSmirnovTest(values: ArrayLike<number>, cdf: Cdf): DistributionTest {
  const sorted = ascendingSample(values, "arrivals");
  const n = sorted.length;
  const statistic = sorted.reduce((largest, value, i) => {
    const expected = cdf(value);
    return Math.max(largest, (i + 1) / n - expected, expected - i / n);
  }, 0);
  return { statistic, p: kolmogorovTail(statistic, n), n };
}

/**
 * Two samples against each other, the p as above with n·m/(n+m) for n.
 * @throws Fault on an empty side, NaN or infinity
 */
export function twoSampleKolmogorovSmirnovTest(a: ArrayLike<number>, b: ArrayLike<number>): DistributionTest {
  const [left, right] = [ascendingSample(a, "first values"), ascendingSample(b, "second values")];
  let [i, j, statistic] = [0, 0, 0];
  while (i < left.length && j < right.length) {
    const value = Math.min(at(left, i), at(right, j));
    while (i < left.length && at(left, i) === value) i++;
    while (j < right.length && at(right, j) === value) j++;
    statistic = Math.max(statistic, Math.abs(i / left.length - j / right.length));
  }
  const n = (left.length * right.length) / (left.length + right.length);
  return { statistic, p: kolmogorovTail(statistic, n), n: Math.min(left.length, right.length) };
}

/**
 * One sample against a fully known distribution: A² = −n − Σ (2i−1)/n · (ln uᵢ + ln(1 − u_{n+1−i})), with p by Marsaglia
 * and Marsaglia (J. Stat. Softw. 9(2), 2004), good to about 1e-5. A value that cannot come from the distribution gives
 * an infinite A² and p = 0.
 * @throws Fault on no values, NaN or infinity
 */
export function andersonDarlingTest(values: ArrayLike<number>, cdf: Cdf): DistributionTest {
  const u = ascendingSample(values, "arrivals").map(cdf);
  const n = u.length;
  const sum = u.reduce((total, low, i) => {
    const high = at(u, n - 1 - i);
    return total + (2 * i + 1) * (Math.log(low) + Math.log1p(-high));
  }, 0);
  const statistic = -n - sum / n;
  return { statistic, p: Number.isFinite(statistic) ? andersonDarlingTail(statistic, n) : 0, n };
}

/**
 * Both tests on the gaps of what should be a Poisson process.
 * @param gaps in any unit
 * @param meanGap the mean that was asked for, same unit, above 0
 */
export function poissonGapsTest(
  gaps: ArrayLike<number>,
  meanGap: number,
): { readonly kolmogorovSmirnov: DistributionTest; readonly andersonDarling: DistributionTest } {
  if (!(meanGap > 0)) {
    throw new Fault({ fact: "no such mean gap", expected: "a number above 0", seen: String(meanGap) });
  }
  const cdf = exponentialCdf(meanGap);
  return { kolmogorovSmirnov: kolmogorovSmirnovTest(gaps, cdf), andersonDarling: andersonDarlingTest(gaps, cdf) };
}

/** P(K > x) = 2 Σ (−1)^(k−1) exp(−2k²x²), Kolmogorov's limit law; below x = 0.2 it is 1 to 12 digits. */
function kolmogorovTail(distance: number, n: number): number {
  const x = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  if (x < 0.2) return 1;
  let [tail, sign] = [0, 1];
  for (let k = 1; k <= 100; k++, sign = -sign) tail += sign * 2 * Math.exp(-2 * k * k * x * x);
  return Math.min(1, Math.max(0, tail));
}

/** The limit law of A², then the paper's correction for a finite n. */
function andersonDarlingTail(statistic: number, n: number): number {
  const x = andersonDarlingLimit(statistic);
  return Math.min(1, Math.max(0, 1 - x - andersonDarlingCorrection(x, n)));
}

function andersonDarlingLimit(z: number): number {
  if (!(z > 0)) return 0;
  return z < 2
    ? (Math.exp(-1.2337141 / z) / Math.sqrt(z)) *
        polynomial(z, [2.00012, 0.247105, -0.0649821, 0.0347962, -0.011672, 0.00168691])
    : Math.exp(-Math.exp(polynomial(z, [1.0776, -2.30695, 0.43424, -0.082433, 0.008056, -0.0003146])));
}

function andersonDarlingCorrection(x: number, n: number): number {
  if (x > 0.8) return polynomial(x, [-130.2137, 745.2337, -1705.091, 1950.646, -1116.36, 255.7844]) / n;
  const bend = 0.01265 + 0.1757 / n;
  if (x < bend) {
    const v = x / bend;
    return (Math.sqrt(v) * (1 - v) * (49 * v - 102) * (0.0037 / n ** 2 + 0.00078 / n + 0.00006)) / n;
  }
  const v = (x - bend) / (0.8 - bend);
  const shape = polynomial(v, [-0.00022633, 6.54034, -14.6538, 14.458, -8.259, 1.91864]);
  return (shape * (0.04213 + 0.01365 / n)) / n;
}

/** Coefficients from the constant upwards. */
const polynomial = (x: number, coefficients: readonly number[]): number =>
  coefficients.reduceRight((value, coefficient) => value * x + coefficient, 0);
