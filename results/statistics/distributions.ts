/**
 * Normal, Student t, beta and binomial: the only file that knows jstat.
 *
 * Easy to get wrong: jstat's own incomplete beta stops after 100 terms and at 3e-7, which a quantile of a million calls
 * outruns (it says 0.517 for I½(500001, 500000), which is 0.49960). The continued fraction is therefore our own; of
 * jstat we use ln Γ, erfc and the normal and t quantiles (compared with R to 1e-8 in the tests).
 */
import jstat from "jstat";

const { jStat } = jstat;

/** P(Z ≤ z) of the standard normal; absolute error below 1e-15. */
export const normalCdf = (z: number): number => jStat.erfc(-z / Math.SQRT2) / 2;

/** The z with P(Z ≤ z) = p, 0 < p < 1. */
export const normalQuantile = (p: number): number => jStat.normal.inv(p, 0, 1);

/** The t with P(T ≤ t) = p for `df` degrees of freedom (a fraction is fine), 0 < p < 1. */
export const studentTQuantile = (p: number, df: number): number => jStat.studentt.inv(p, df);

/** P(|T| ≥ |t|) for `df` degrees of freedom, by I_{df/(df+t²)}(df/2, ½) (DLMF 8.17). */
export const studentTTwoSided = (t: number, df: number): number => betaCdf(df / (df + t * t), df / 2, 0.5);

/** P(X ≤ k) of the binomial: 1 − I_p(k+1, n−k). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : betaCdf(1 - p, n - k, k + 1);
}

/** The smallest k with P(X ≤ k) ≥ probability (R's qbinom), by bisection. */
export function binomialQuantile(probability: number, n: number, p: number): number {
  // A probability that is met exactly must count as met, although the last digits of the beta function differ.
  const reached = probability * (1 - 1e-9);
  let [low, high] = [0, n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (binomialCdf(middle, n, p) >= reached) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The regularised incomplete beta function I_x(a, b) = P(Beta(a, b) ≤ x), by the continued fraction DLMF 8.17.22 on
 * the side where it converges fast. Good to about 1e-9 up to a + b = 1e7 (the bound is ln Γ).
 */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const lnFront = jStat.gammaln(a + b) - jStat.gammaln(a) - jStat.gammaln(b) + a * Math.log(x) + b * Math.log1p(-x);
  const front = Math.exp(lnFront);
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** The fraction by Lentz's method; it needs about √max(a, b) terms. */
function betaFraction(x: number, a: number, b: number): number {
  const terms = 200 + 5 * Math.ceil(Math.sqrt(Math.max(a, b)));
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= terms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

const awayFromZero = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
