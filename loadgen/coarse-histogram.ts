/**
 * A small, fast histogram for what only steers or pictures: interval lines and the halves of a window. 64 buckets per
 * octave, so a value is known to 1.6 %; the numbers of a result come from histogram.ts, never from here.
 *
 * Easy to get wrong: bit operations hold 32 bits only, so values from 2^31 ns (2.1 s) on are scaled down before their
 * highest bit is looked for.
 */
const SUB_BITS = 6;
const SUB_BUCKETS = 1 << SUB_BITS;
const SCALE_BITS = 16;
const SCALE = 1 << SCALE_BITS;
/** 2^31 ns · 2^16 is above any value that histogram.ts keeps (60 s). */
const OCTAVES = 31 + SCALE_BITS - SUB_BITS + 1;

export const BUCKETS = OCTAVES * SUB_BUCKETS;

/** Bucket, count, bucket, count …: only the buckets that hold something, ascending. */
export type SparseCounts = readonly number[];

export class CoarseHistogram {
  count = 0;
  readonly #counts = new Uint32Array(BUCKETS);

  /** How many values each bucket holds. */
  get counts(): Readonly<Uint32Array> {
    return this.#counts;
  }

  record(valueNs: number): void {
    const bucket = bucketOf(valueNs);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.count++;
  }

  /** What was recorded since `earlier`, a copy of this histogram. */
  since(earlier: CoarseHistogram): CoarseHistogram {
    const difference = new CoarseHistogram();
    this.#counts.forEach((count, bucket) => {
      difference.#counts[bucket] = count - (earlier.#counts[bucket] as number);
    });
    difference.count = this.count - earlier.count;
    return difference;
  }

  copy(): CoarseHistogram {
    return this.since(new CoarseHistogram());
  }

  /** The middle of the bucket that holds the value of rank ⌈q · count⌉; null when empty. */
  percentile(q: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.max(1, Math.ceil(q * this.count));
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket] as number;
      if (seen >= rank) return middleOf(bucket);
    }
    throw new Error("the counts of a coarse histogram do not add up to its total");
  }

  add(sparse: SparseCounts): void {
    for (let i = 0; i + 1 < sparse.length; i += 2) {
      const bucket = sparse[i] as number;
      this.#counts[bucket] = (this.#counts[bucket] as number) + (sparse[i + 1] as number);
      this.count += sparse[i + 1] as number;
    }
  }

  toSparse(): SparseCounts {
    const sparse: number[] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) sparse.push(bucket, count);
    });
    return sparse;
  }
}

/** Buckets are numbered in the order of their values. */
export function bucketOf(valueNs: number): number {
  if (!(valueNs >= 1)) return 0;
  if (valueNs < 0x80000000) return smallBucketOf(valueNs | 0);
  return smallBucketOf(Math.min(valueNs / SCALE, 0x7fffffff) | 0) + SCALE_BITS * SUB_BUCKETS;
}

/** Below 64 every value has its own bucket; from there on each octave has 64. */
function smallBucketOf(value: number): number {
  const octave = Math.max(0, 31 - Math.clz32(value) - SUB_BITS + 1);
  return octave === 0 ? value : (octave << SUB_BITS) + (value >>> (octave - 1)) - SUB_BUCKETS;
}

/** The largest whole number that falls into the bucket. */
export function highestOf(bucket: number): number {
  const octave = bucket >> SUB_BITS;
  return octave === 0 ? bucket : (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1)) + 1) * 2 ** (octave - 1) - 1;
}

function middleOf(bucket: number): number {
  const below = bucket === 0 ? -1 : highestOf(bucket - 1);
  return (below + 1 + highestOf(bucket)) / 2;
}
