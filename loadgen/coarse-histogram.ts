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

  percentile(q: number): number | null {
    return percentileOf(this.toSparse(), q);
  }

  add(sparse: SparseCounts): void {
    for (let i = 0; i + 1 < sparse.length; i += 2) {
      const bucket = sparse[i] as number;
      this.#counts[bucket] = (this.#counts[bucket] as number) + (sparse[i + 1] as number);
      this.count += sparse[i + 1] as number;
    }
  }

  toSparse(): SparseCounts {
    return sparseOf(this.#counts);
  }

  /** All counts; the histogram is empty afterwards. */
  takeSparse(): SparseCounts {
    const sparse = this.toSparse();
    this.#counts.fill(0);
    this.count = 0;
    return sparse;
  }

  /** What was recorded after `earlier` held the same as this histogram. */
  since(earlier: CoarseHistogram): SparseCounts {
    return sparseOf(this.#counts.map((count, bucket) => count - (earlier.#counts[bucket] as number)));
  }
}

/** The middle of the bucket that holds the value of rank ⌈q · count⌉; null when empty. */
export function percentileOf(sparse: SparseCounts, q: number): number | null {
  let total = 0;
  for (let i = 1; i < sparse.length; i += 2) total += sparse[i] as number;
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = 0;
  for (let i = 0; i < sparse.length; i += 2) {
    seen += sparse[i + 1] as number;
    if (seen >= rank) return middleOf(sparse[i] as number);
  }
  return null;
}

function sparseOf(counts: Uint32Array): SparseCounts {
  const sparse: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = counts[bucket] as number;
    if (count > 0) sparse.push(bucket, count);
  }
  return sparse;
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
