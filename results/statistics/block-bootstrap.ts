/**
 * Bands round a percentile curve, by drawing whole blocks again with replacement, merging their histograms and reading
 * the quantiles off (reference S §A4.8).
 *
 * Descriptive only: a percentile bootstrap over n blocks covers about 85 % (n = 6), 90 % (10), 92 % (20) where it says
 * 95 % (reference S §A3). It may draw; it decides nothing (METHOD §4.7).
 *
 * Assumes: blocks independent of each other. What happens inside a block may be as correlated as it likes.
 *
 * Easy to get wrong: merging thousands of buckets for each of thousands of draws takes minutes. Here every block's
 * cumulative counts are laid on one common axis once; a draw only says how often each block counts, and a quantile is
 * found by bisection over the weighted sum, so that a curve of 60 levels from 10 blocks takes some ten milliseconds.
 */
import { Fault } from "../../loadgen/fault.js";

/** The filled buckets of one block's histogram. */
export interface BlockCounts {
  /** Ascending, one per filled bucket. */
  readonly values: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

export interface BandOptions {
  /** Quantile levels between 0 and 1, ascending. */
  readonly levels: readonly number[];
  /** Seeded source of uniform numbers in [0, 1): the band is the same each time it is drawn. */
  readonly uniform: () => number;
  /** 2,000 unless told otherwise. */
  readonly resamples?: number;
  /** Share of the draws inside the band; 0.95 unless told otherwise. */
  readonly share?: number;
}

/** One low and one high end per level. */
export interface Band {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * The band of the merged quantiles of these blocks. Null for fewer than two blocks: what varies between blocks is then
 * unseen, and a band would claim to know it.
 * @throws Fault where a block holds no counts
 */
export function quantileBand(blocks: readonly BlockCounts[], options: BandOptions): Band | null {
  const axis = mergedCounts(blocks);
  return bandOf(blocks.length, options, (weights, level) => axis.quantile(weights, level));
}

/**
 * The band of the ratio candidate ÷ baseline of merged quantiles, drawing the same blocks for both sides, so that what a
 * block does to both cancels.
 * @param candidate and baseline hold the same blocks in the same order
 * @throws Fault where they don't, or a block holds no counts
 */
export function quantileRatioBand(
  candidate: readonly BlockCounts[],
  baseline: readonly BlockCounts[],
  options: BandOptions,
): Band | null {
  if (candidate.length !== baseline.length) {
    throw new Fault({
      fact: "a ratio needs the same blocks on both sides",
      expected: `${baseline.length} blocks, as in the baseline`,
      seen: `${candidate.length} blocks`,
    });
  }
  const [above, below] = [mergedCounts(candidate), mergedCounts(baseline)];
  return bandOf(
    baseline.length,
    options,
    (weights, level) => above.quantile(weights, level) / below.quantile(weights, level),
  );
}

/**
 * The band of any figure of a draw. A draw is given as weights: how often each block was drawn.
 * @param read the figure at one level
 */
export function bandOf(
  blocks: number,
  options: BandOptions,
  read: (weights: Uint32Array, level: number) => number,
): Band | null {
  if (blocks < 2) return null;
  const { levels, uniform, resamples = 2000, share = 0.95 } = options;
  const draws = levels.map(() => new Float64Array(resamples));
  const weights = new Uint32Array(blocks);
  for (let draw = 0; draw < resamples; draw++) {
    weights.fill(0);
    for (let i = 0; i < blocks; i++) {
      const block = Math.floor(uniform() * blocks);
      weights[block] = (weights[block] as number) + 1;
    }
    levels.forEach((level, i) => ((draws[i] as Float64Array)[draw] = read(weights, level)));
  }
  const outside = Math.max(1, Math.floor(((resamples + 1) * (1 - share)) / 2));
  const sorted = draws.map((values) => values.sort());
  return {
    low: Float64Array.from(sorted, (values) => values[outside - 1] as number),
    high: Float64Array.from(sorted, (values) => values[resamples - outside] as number),
  };
}

/** Of the same blocks once, however many bands they take part in. */
function mergedCounts(blocks: readonly BlockCounts[]): MergedCounts {
  const known = merged.get(blocks) ?? new MergedCounts(blocks);
  merged.set(blocks, known);
  return known;
}

const merged = new WeakMap<readonly BlockCounts[], MergedCounts>();

/** The blocks' cumulative counts on the union of their values. */
class MergedCounts {
  readonly #values: Float64Array;
  /** cumulative[j·blocks + b]: how many of block b's values are at most values[j]. */
  readonly #cumulative: Float64Array;
  readonly #totals: Float64Array;

  constructor(blocks: readonly BlockCounts[]) {
    this.#values = Float64Array.from(new Set(blocks.flatMap((block) => Array.from(block.values)))).sort();
    this.#cumulative = new Float64Array(this.#values.length * blocks.length);
    this.#totals = Float64Array.from(blocks, (block, b) => {
      let [sum, next] = [0, 0];
      this.#values.forEach((value, j) => {
        if (block.values[next] === value) sum += block.counts[next++] as number;
        this.#cumulative[j * blocks.length + b] = sum;
      });
      if (sum > 0 && next === block.values.length) return sum;
      throw new Fault({
        fact: `block ${b + 1} cannot be merged`,
        expected: "filled buckets in ascending order",
        seen: sum > 0 ? "buckets out of order" : "no counts",
      });
    });
  }

  /** The smallest value with at least level · N of the drawn counts at or below it: as a histogram reads it. */
  quantile(weights: Uint32Array, level: number): number {
    const target = Math.max(1, Math.ceil(level * weighted(this.#totals, 0, weights) * (1 - Number.EPSILON)));
    let [low, high] = [0, this.#values.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (weighted(this.#cumulative, middle * weights.length, weights) >= target) high = middle;
      else low = middle + 1;
    }
    return this.#values[low] as number;
  }
}

function weighted(counts: Float64Array, from: number, weights: Uint32Array): number {
  let sum = 0;
  for (let b = 0; b < weights.length; b++) sum += (counts[from + b] as number) * (weights[b] as number);
  return sum;
}
