/**
 * A kept histogram, ready to be asked: quantiles by rank, what lies beyond them, merging. Immutable, and small enough to
 * hold thousands of them; the one that records (loadgen/histogram.ts) has 27,000 counters and must be destroyed.
 *
 * Easy to get wrong: merge counts, never average percentiles. A bucket stands for its highest value, as in every
 * HdrHistogram, so that "p99 = v" means that 99 % of calls took v or less.
 */
import type { EncodedHistogram } from "../loadgen/measurement.js";
import { readV2, writeV2, type V2Counts } from "./hdr-v2.js";

/** What the project records: ns from 1 ns to 60 s, 3 digits (METHOD §2.5). */
const LATENCY_LAYOUT = { digits: 3, lowest: 1, highest: 60e9 } as const;

/** Some values that cannot be told apart: fromNs ≤ value < toNs. */
export interface SparseBucket {
  readonly fromNs: number;
  readonly toNs: number;
  readonly count: number;
}

interface Exact {
  readonly minNs: number;
  readonly maxNs: number;
  readonly sumNs: number;
}

export class SparseHistogram {
  readonly count: number;
  /** Values that lay outside 1 ns … 60 s and were booked at its edge. */
  readonly clamped: number;
  readonly #kept: V2Counts;
  readonly #exact: Exact;
  /** Running totals: the quantile of rank r is the first bucket whose total reaches r. */
  readonly #totals: Float64Array;
  readonly #scale: BucketScale;

  private constructor(kept: V2Counts, clamped: number, exact: Exact | undefined) {
    this.#kept = kept;
    this.#scale = bucketScale(kept.digits, kept.lowest);
    this.#totals = Float64Array.from(kept.counts);
    for (let i = 1; i < this.#totals.length; i++) {
      this.#totals[i] = (this.#totals[i] as number) + (this.#totals[i - 1] as number);
    }
    this.count = this.#totals.at(-1) ?? 0;
    this.clamped = clamped;
    this.#exact = exact ?? this.#bucketExtremes();
  }

  /** @throws Fault when it holds no V2 histogram. */
  static decode(encoded: EncodedHistogram): SparseHistogram {
    return new SparseHistogram(readV2(encoded.v2), encoded.clamped, encoded.exact);
  }

  /** Values in ns, in any order; those outside 1 ns … 60 s are clamped and counted. */
  static of(values: Iterable<number>): SparseHistogram {
    const scale = bucketScale(LATENCY_LAYOUT.digits, LATENCY_LAYOUT.lowest);
    const counts = new Map<number, number>();
    const exact = { minNs: Infinity, maxNs: -Infinity, sumNs: 0 };
    let clamped = 0;
    for (const value of values) {
      const within = Math.min(LATENCY_LAYOUT.highest, Math.max(LATENCY_LAYOUT.lowest, value));
      if (within !== value) clamped++;
      const bucket = scale.bucketOf(within);
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
      exact.minNs = Math.min(exact.minNs, within);
      exact.maxNs = Math.max(exact.maxNs, within);
      exact.sumNs += within;
    }
    return new SparseHistogram({ ...LATENCY_LAYOUT, ...ascending(counts) }, clamped, exact);
  }

  /** All calls together. Histograms of one layout only, which those of one run are. */
  static merge(parts: readonly SparseHistogram[]): SparseHistogram {
    const [first, ...rest] = parts;
    if (first === undefined) return SparseHistogram.of([]);
    if (rest.some((part) => !first.#isLike(part))) throw new Error("histograms of different layouts cannot be merged");
    const kept = parts.map((part) => part.#kept);
    // Dense for the moment of adding up: ten times as fast as looking each bucket up.
    const dense = new Float64Array(Math.max(...kept.map(({ buckets }) => buckets.at(-1) ?? 0)) + 1);
    for (const { buckets, counts } of kept) {
      for (let i = 0; i < buckets.length; i++) {
        const bucket = buckets[i] as number;
        dense[bucket] = (dense[bucket] as number) + (counts[i] as number);
      }
    }
    const buckets = Int32Array.from(dense.keys()).filter((bucket) => (dense[bucket] as number) > 0);
    const filled = parts.filter((part) => part.count > 0).map((part) => part.#exact);
    const exact = {
      minNs: Math.min(...filled.map((one) => one.minNs)),
      maxNs: Math.max(...filled.map((one) => one.maxNs)),
      sumNs: filled.reduce((sum, one) => sum + one.sumNs, 0),
    };
    const clamped = parts.reduce((sum, part) => sum + part.clamped, 0);
    const counts = Float64Array.from(buckets, (bucket) => dense[bucket] as number);
    return new SparseHistogram({ ...first.#kept, buckets, counts }, clamped, exact);
  }

  /** The value of rank ⌈q · count⌉: that share of calls took so long or less. Null when empty. */
  percentile(q: number): number | null {
    const bucket = this.#kept.buckets[firstAtLeast(this.#totals, rankOf(q, this.count))];
    if (bucket === undefined) return null;
    return Math.max(this.#exact.minNs, Math.min(this.#exact.maxNs, this.#scale.from(bucket + 1) - 1));
  }

  get minNs(): number | null {
    return this.count === 0 ? null : this.#exact.minNs;
  }

  get maxNs(): number | null {
    return this.count === 0 ? null : this.#exact.maxNs;
  }

  get meanNs(): number | null {
    return this.count === 0 ? null : this.#exact.sumNs / this.count;
  }

  /** About the mean, each call taken at the middle of its bucket. */
  get deviationNs(): number | null {
    const mean = this.meanNs;
    if (mean === null) return null;
    const squares = this.buckets().reduce(
      (sum, { fromNs, toNs, count }) => sum + count * ((fromNs + toNs - 1) / 2 - mean) ** 2,
      0,
    );
    return Math.sqrt(squares / this.count);
  }

  /** Calls that took `valueNs` or less, to the bucket's resolution. */
  countUpTo(valueNs: number): number {
    const buckets = this.#kept.buckets;
    let low = 0;
    let high = buckets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#scale.from(buckets[middle] as number) <= valueNs) low = middle + 1;
      else high = middle;
    }
    return this.#totals[low - 1] ?? 0;
  }

  /** Every bucket that holds something, ascending. */
  buckets(): SparseBucket[] {
    return Array.from(this.#kept.buckets, (bucket, i) => ({
      fromNs: this.#scale.from(bucket),
      toNs: this.#scale.from(bucket + 1),
      count: this.#kept.counts[i] as number,
    }));
  }

  encode(): EncodedHistogram {
    const plain = { v2: writeV2(this.#kept), count: this.count, clamped: this.clamped };
    return this.count === 0 ? plain : { ...plain, exact: this.#exact };
  }

  #isLike(other: SparseHistogram): boolean {
    return this.#kept.digits === other.#kept.digits && this.#kept.lowest === other.#kept.lowest;
  }

  /** As good as the buckets are: for histograms of other tools. */
  #bucketExtremes(): Exact {
    const buckets = this.buckets();
    return {
      minNs: buckets[0]?.fromNs ?? Infinity,
      maxNs: (buckets.at(-1)?.toNs ?? -Infinity) - 1,
      sumNs: buckets.reduce((sum, { fromNs, toNs, count }) => sum + ((fromNs + toNs - 1) / 2) * count, 0),
    };
  }
}

/** Of `count` calls, the one at which quantile q is read: ⌈q · count⌉, at least the first. */
export function rankOf(q: number, count: number): number {
  // 0.07 · 100 is 7.000000000000001 in doubles and must be rank 7.
  return Math.max(1, Math.ceil(q * count - 1e-9));
}

/** How many of `count` calls lie beyond quantile q. */
export function countBeyond(q: number, count: number): number {
  return count === 0 ? 0 : count - rankOf(q, count);
}

/** Which values a bucket stands for: HdrHistogram's two-level scale, linear within each power of two. */
interface BucketScale {
  /** The lowest value of a bucket; the next bucket's is where it ends. */
  from(bucket: number): number;
  bucketOf(value: number): number;
}

function bucketScale(digits: number, lowest: number): BucketScale {
  const unit = 2 ** Math.floor(Math.log2(lowest));
  const half = 2 ** (Math.ceil(Math.log2(2 * 10 ** digits)) - 1);
  return {
    from: (bucket) => {
      const octave = Math.max(0, Math.floor(bucket / half) - 1);
      return (bucket - octave * half) * unit * 2 ** octave;
    },
    bucketOf: (value) => {
      const steps = Math.floor(value / unit);
      const octave = Math.max(0, Math.floor(Math.log2(steps)) - Math.log2(half));
      return octave * half + Math.floor(steps / 2 ** octave);
    },
  };
}

function ascending(counts: ReadonlyMap<number, number>): Pick<V2Counts, "buckets" | "counts"> {
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
