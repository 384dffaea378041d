/**
 * The Harrell-Davis quantile of a small raw sample (CPU per trial, start-up times), with Maritz and Jarrett's standard
 * error. Histograms do not need it: their counts are large.
 *
 * Assumes: independent values of one distribution. Uses every value, weighted by a beta density, so that it is steadier
 * than a single order statistic; for the same reason one wild value moves it, most of all at the tails.
 *
 * Easy to get wrong: a quantile that the sample cannot hold (p99 of ten values) still comes out as a number, close to the
 * maximum. It says nothing about the tail; callers decide from `n` whether to show it.
 */
import { Fault } from "../../loadgen/fault.js";
import { betaCdf } from "./distributions.js";
import { ascendingSample } from "./sample.js";

export interface HarrellDavisQuantile {
  readonly estimate: number;
  /** √(C₂ − C₁²), C_k = Σ wᵢ·x₍ᵢ₎ᵏ; null of a single value. */
  readonly standardError: number | null;
  readonly n: number;
}

/**
 * Σ wᵢ·x₍ᵢ₎ with wᵢ = I(i/n) − I((i−1)/n), I the regularised incomplete beta with a = (n+1)p, b = (n+1)(1−p)
 * (Harrell and Davis 1982; Maritz and Jarrett 1978; reference S §A4.7).
 * @param level the quantile, 0 < level < 1
 * @throws Fault on no values, NaN or infinity, or a level outside its range
 */
export function harrellDavis(values: ArrayLike<number>, level: number): HarrellDavisQuantile {
  const sorted = ascendingSample(values, "values");
  if (!(level > 0 && level < 1)) {
    throw new Fault({ fact: "no such quantile", expected: "a level between 0 and 1", seen: String(level) });
  }
  const n = sorted.length;
  const weights = betaWeights(n, level);
  const estimate = sorted.reduce((sum, value, i) => sum + value * (weights[i] as number), 0);
  // The same as C₂ − C₁², but without the difference of two large numbers.
  const variance = sorted.reduce((sum, value, i) => sum + (value - estimate) ** 2 * (weights[i] as number), 0);
  return { estimate, standardError: n > 1 ? Math.sqrt(variance) : null, n };
}

function betaWeights(n: number, level: number): Float64Array {
  const [a, b] = [(n + 1) * level, (n + 1) * (1 - level)];
  let below = 0;
  return new Float64Array(n).map((_, i) => {
    const cumulative = betaCdf((i + 1) / n, a, b);
    const weight = cumulative - below;
    below = cumulative;
    return weight;
  });
}
