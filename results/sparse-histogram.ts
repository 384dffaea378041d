/**
 * A kept histogram, ready to be asked: quantiles by rank, what lies beyond them, merging. Immutable.
 *
 * Easy to get wrong: merge counts, never average percentiles. A bucket stands for its highest value, as in every
 * HdrHistogram, so that "p99 = v" means that 99 % of calls took v or less.
 */
import { readV2, writeV2, type V2Counts } from "./hdr-v2.js";

/** What the project records: ns from 1 ns to 60 s, 3 digits (METHOD §2.5). */
export const LATENCY_LAYOUT = { digits: 3, lowest: 1, highest: 60e9 } as const;

export interface Bucket {
  /** The highest value that falls into it, ns. */
  readonly value: number;
  readonly count: number;
}

export class SparseHistogram {
  readonly count: number;
  readonly #kept: V2Counts;
  /** Running totals: the quantile of rank r is the first bucket whose total reaches r. */
  readonly #totals: Float64Array;
  readonly #scale: BucketScale;

  private constructor(kept: V2Counts) {
    this.#kept = kept;
    this.#scale = bucketScale(kept.digits, kept.lowest);
    let total = 0;
    this.#totals = kept.counts.map((count) => (total += count));
    this.count = total;
  }

  /** @throws Fault when the text is no V2 histogram. */
  static decode(base64: string): SparseHistogram {
    return new SparseHistogram(readV2(base64));
  }

  /** Values in ns, in any order; those outside 1 ns … 60 s are clamped. */
  static of(values: Iterable<number>): SparseHistogram {
    const scale = bucketScale(LATENCY_LAYOUT.digits, LATENCY_LAYOUT.lowest);
    const counts = new Map<number, number>();
    for (const value of values) {
      const clamped = Math.min(LATENCY_LAYOUT.highest, Math.max(LATENCY_LAYOUT.lowest, Math.round(value)));
      const bucket = scale.bucketOf(clamped);
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    return new SparseHistogram({ ...LATENCY_LAYOUT, ...sorted(counts) });
  }

  /** All calls together. Histograms of one layout only, which those of one run are. */
  static merge(parts: readonly SparseHistogram[]): SparseHistogram {
    const first = parts[0];
    if (first === undefined) return SparseHistogram.of([]);
    if (parts.length === 1) return first;
    const counts = new Map<number, number>();
    for (const part of parts) {
      if (part.#kept.digits !== first.#kept.digits || part.#kept.lowest !== first.#kept.lowest) {
        throw new Error("histograms of different layouts cannot be merged");
      }
      part.#kept.buckets.forEach((bucket, i) => {
        counts.set(bucket, (counts.get(bucket) ?? 0) + (part.#kept.counts[i] as number));
      });
    }
    return new SparseHistogram({ ...first.#kept, ...sorted(counts) });
  }

  /** The value of rank ⌈q · count⌉: that share of calls took so long or less. Null when empty. */
  percentile(q: number): number | null {
    if (this.count === 0) return null;
    const bucket = this.#kept.buckets[firstAtLeast(this.#totals, rankOf(q, this.count))];
    return bucket === undefined ? null : this.#scale.highest(bucket);
  }

  get min(): number | null {
    const bucket = this.#kept.buckets[0];
    return bucket === undefined ? null : this.#scale.lowest(bucket);
  }

  get max(): number | null {
    return this.percentile(1);
  }

  /** From the middle of each bucket: right to half a bucket, 0.05 %. */
  get mean(): number | null {
    if (this.count === 0) return null;
    let sum = 0;
    this.#kept.buckets.forEach((bucket, i) => {
      sum += ((this.#scale.lowest(bucket) + this.#scale.highest(bucket)) / 2) * (this.#kept.counts[i] as number);
    });
    return sum / this.count;
  }

  /** Calls that took `value` or less. */
  countUpTo(value: number): number {
    let low = 0;
    let high = this.#kept.buckets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#scale.highest(this.#kept.buckets[middle] as number) <= value) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : (this.#totals[low - 1] as number);
  }

  buckets(): Bucket[] {
    return Array.from(this.#kept.buckets, (bucket, i) => ({
      value: this.#scale.highest(bucket),
      count: this.#kept.counts[i] as number,
    }));
  }

  encode(): string {
    return writeV2(this.#kept);
  }
}

/** Of `count` calls, the one at which quantile q is read: ⌈q · count⌉, at least the first. */
export function rankOf(q: number, count: number): number {
  // 0.07 · 100 is 7.000000000000001 in doubles: a hair is taken off before rounding up.
  return Math.max(1, Math.ceil(q * count * (1 - 2 ** -51)));
}

/** How many of `count` calls lie beyond quantile q. */
export function countBeyond(q: number, count: number): number {
  return count === 0 ? 0 : count - rankOf(q, count);
}

/** Which values a bucket stands for; HdrHistogram's two-level scale, linear within each power of two. */
interface BucketScale {
  lowest(bucket: number): number;
  highest(bucket: number): number;
  bucketOf(value: number): number;
}

function bucketScale(digits: number, lowestDiscernible: number): BucketScale {
  const unit = 2 ** Math.floor(Math.log2(lowestDiscernible));
  const half = 2 ** (Math.ceil(Math.log2(2 * 10 ** digits)) - 1);
  const octaveOf = (bucket: number): number => Math.max(0, Math.floor(bucket / half) - 1);
  const width = (bucket: number): number => unit * 2 ** octaveOf(bucket);
  const lowest = (bucket: number): number => (bucket - octaveOf(bucket) * half) * width(bucket);
  return {
    lowest,
    highest: (bucket) => lowest(bucket) + width(bucket) - 1,
    bucketOf: (value) => {
      const steps = Math.floor(value / unit);
      const octave = Math.max(0, Math.floor(Math.log2(steps)) - Math.log2(half));
      return octave * half + Math.floor(steps / 2 ** octave);
    },
  };
}

function sorted(counts: ReadonlyMap<number, number>): Pick<V2Counts, "buckets" | "counts"> {
  const buckets = Int32Array.from(counts.keys()).sort();
  return { buckets, counts: Float64Array.from(buckets, (bucket) => counts.get(bucket) as number) };
}

/** Index of the first element that reaches `wanted`, in ascending totals. */
function firstAtLeast(totals: Float64Array, wanted: number): number {
  let low = 0;
  let high = totals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((totals[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
