/**
 * How many blocks a question needs: before a run, and after one that came out inconclusive.
 *
 * Assumes: differences that are near enough to normal for planning, and that further blocks are like those already
 * seen. It is advice: the exact test decides.
 *
 * Easy to get wrong: advice from the effect just seen is worth little when that effect sits on the margin's edge; no
 * number of blocks settles such a case, and this file then says so instead of printing a large number.
 */
import { Fault } from "../../loadgen/fault.js";
import { normalQuantile } from "./distributions.js";
import { hodgesLehmannPaired } from "./hodges-lehmann.js";
import { smallestMannWhitneyP } from "./mann-whitney.js";
import { checkedSample } from "./sample.js";
import { smallestSignedRankP } from "./signed-rank.js";

/** The smallest number of blocks a design may have (METHOD §4.1). */
export const BLOCK_FLOOR = 8;

/** Beyond this many blocks in all nobody waits for an answer; better raise the margin or lengthen the windows. */
export const BLOCK_CEILING = 200;

/** Signed-rank against the t-test on normal data: 3/π. Planning numbers are divided by it (reference S §A5). */
const RANK_EFFICIENCY = 3 / Math.PI;

export interface Planning {
  /** Two-sided error the interval is to keep; 0.05 unless told otherwise, α/m within a family. */
  readonly alpha?: number;
  /** Chance of reaching the verdict when it is true; 0.8 unless told otherwise. */
  readonly power?: number;
}

/**
 * Blocks with which an effect this large is told from zero: n ≥ ((z₁₋α/₂ + z_power)·s/effect)²·π/3 (reference S §A5)
 * + z₁₋α/₂²/2, at least as many as the smallest possible p needs. The last term is Guenther's (Am. Stat. 35, 1981) for a
 * spread that is itself estimated; without it a plan for 80 % reaches about 70 % at the sizes used here (simulated in
 * the tests). Both numbers on the same scale, effect above 0.
 * @throws Fault where that does not hold
 */
export function blocksNeeded(sd: number, effect: number, planning: Planning = {}): number {
  const { alpha = 0.05, power = 0.8 } = planning;
  if (!(sd >= 0) || !(effect > 0)) {
    throw new Fault({
      fact: "the number of blocks cannot be planned from these figures",
      expected: "a spread of at least 0 and an effect above 0",
      seen: `spread ${sd}, effect ${effect}`,
    });
  }
  const z = normalQuantile(1 - alpha / 2);
  const planned = (((z + normalQuantile(power)) * sd) / effect) ** 2 / RANK_EFFICIENCY + z ** 2 / 2;
  return Math.max(Math.ceil(planned), blocksForAlpha(alpha));
}

/**
 * The smallest n whose smallest possible p, 2/2ⁿ, is at most α: below it a gate could never be broken.
 * @throws Fault unless 0 < α ≤ 1
 */
export function blocksForAlpha(alpha: number): number {
  if (!(alpha > 0 && alpha <= 1)) throw noSuchAlpha(alpha);
  let n = 1;
  while (smallestSignedRankP(n) > alpha) n++;
  return n;
}

export type MoreBlocks =
  { readonly kind: "about"; readonly blocks: number } | { readonly kind: "too many"; readonly ceiling: number };

/**
 * How many more blocks would settle an inconclusive comparison: enough for the interval to clear the nearer edge of the
 * margin, |θ̂| away from ±δ, if the effect is what it looks like now. At least up to the floor of a design.
 * @param differences the paired differences so far, on the scale of the margin
 * @param margin δ ≥ 0
 * @throws Fault on no differences, NaN or infinity
 */
export function moreBlocksNeeded(differences: ArrayLike<number>, margin: number, planning: Planning = {}): MoreBlocks {
  const sample = checkedSample(differences, "paired differences");
  const n = sample.length;
  const floor = Math.max(BLOCK_FLOOR, blocksForAlpha(planning.alpha ?? 0.05));
  if (n < 3) return { kind: "about", blocks: floor - n };
  const distance = Math.abs(Math.abs(hodgesLehmannPaired(sample).estimate) - margin);
  const total = distance > 0 ? Math.max(floor, blocksNeeded(standardDeviation(sample), distance, planning)) : Infinity;
  return total > BLOCK_CEILING
    ? { kind: "too many", ceiling: BLOCK_CEILING }
    : { kind: "about", blocks: Math.max(1, total - n) };
}

/**
 * How many blocks each of two runs would need for the interval of their difference to come clear of a line that lies
 * `distance` from the estimate: as `blocksNeeded`, with the variances of both runs added. At least the floor of a design
 * and what the smallest possible Mann-Whitney p asks for.
 * @param distance ≥ 0, on the scale of the values
 * @throws Fault on an empty side, NaN or infinity
 */
export function blocksInEachRun(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  distance: number,
  planning: Planning = {},
): MoreBlocks {
  const [one, other] = [checkedSample(before, "baseline values"), checkedSample(after, "candidate values")];
  const alpha = planning.alpha ?? 0.05;
  const seen = Math.min(one.length, other.length);
  const floor = Math.max(BLOCK_FLOOR, seen + 1, blocksForTwoSampleAlpha(alpha) ?? BLOCK_CEILING);
  if (seen < 3) return { kind: "about", blocks: floor };
  const sd = Math.hypot(standardDeviation(one), standardDeviation(other));
  const needed = distance > 0 ? Math.max(floor, blocksNeeded(sd, distance, { ...planning, alpha })) : Infinity;
  return needed > BLOCK_CEILING ? { kind: "too many", ceiling: BLOCK_CEILING } : { kind: "about", blocks: needed };
}

/**
 * The smallest number of blocks of two runs whose smallest possible p is at most α: of each run, or of the second one
 * where the first has `given` already. Null: no number up to the ceiling is enough.
 * @throws Fault unless 0 < α ≤ 1
 */
export function blocksForTwoSampleAlpha(alpha: number, given?: number): number | null {
  if (!(alpha > 0 && alpha <= 1)) throw noSuchAlpha(alpha);
  for (let n = 1; n <= BLOCK_CEILING; n++) {
    if (smallestMannWhitneyP(given ?? n, n) <= alpha * (1 + 1e-12)) return n;
  }
  return null;
}

function noSuchAlpha(alpha: number): Fault {
  return new Fault({ fact: "no such error level α", expected: "above 0 and at most 1", seen: String(alpha) });
}

function standardDeviation(sample: Float64Array): number {
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const squares = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (sample.length - 1));
}
