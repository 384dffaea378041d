/**
 * The histogram of every number we publish: HdrHistogram (http://hdrhistogram.org), nanoseconds, 1 ns to 60 s, 3
 * significant digits, 64-bit counts, in WASM. The only file that knows hdr-histogram-js.
 *
 * What the library does not do and this file does: values out of range are clamped and counted instead of thrown away;
 * NaN, which the WASM twin books as a value, throws; percentiles are read by rank ⌈q·n⌉, not from a rounded percentage;
 * minimum, maximum and mean are exact and survive encoding. Nothing here back-fills ("corrects") anything.
 *
 * Recording is the hottest path of all, and a call into WASM costs 26 ns where an array increment costs 6: values are
 * counted in an array of exactly HdrHistogram's buckets, and poured into the WASM histogram when somebody reads.
 *
 * Easy to get wrong: WASM memory is not garbage collected, so each histogram must be destroyed.
 */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  initWebAssemblySync,
  type WasmHistogram,
} from "hdr-histogram-js";
import type { EncodedHistogram } from "./measurement.js";
import { ns, type Nanoseconds } from "./units.js";

export const LOWEST_NS = 1;
export const HIGHEST_NS = 60e9;
const DIGITS = 3;

/** Enough sub-buckets to tell 10^3 values apart, as a power of two; all but the first 2048 buckets use the upper half. */
const SUB_BITS = Math.ceil(Math.log2(2 * 10 ** DIGITS));
const HALF = 2 ** (SUB_BITS - 1);
const SUB_MASK = 2 ** SUB_BITS - 1;
/** Up to the bucket of 60 s. */
const BUCKETS = bucketOf(HIGHEST_NS) + 1;
/** A bucket of 32 bits can't overflow before. */
const MAX_FRESH = 2 ** 31;

/** Some values that can't be told apart at 3 digits: fromNs ≤ value < toNs. */
export interface Bucket {
  readonly fromNs: number;
  readonly toNs: number;
  readonly count: number;
}

export class LatencyHistogram implements Disposable {
  #hdr: WasmHistogram;
  /** Recorded since the last pouring, by bucket; and how many. */
  readonly #fresh = new Uint32Array(BUCKETS);
  #freshCount = 0;
  #clamped = 0;
  #min = Infinity;
  #max = -Infinity;
  #sum = 0;

  constructor() {
    this.#hdr = emptyHistogram();
  }

  /** @throws Error for NaN: a measurement that is not a number is a bug, not a value */
  record(valueNs: number): void {
    let value = valueNs;
    if (!(value >= LOWEST_NS && value <= HIGHEST_NS)) value = this.#clamp(value);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#sum += value;
    const bucket = bucketOf(value);
    this.#fresh[bucket] = (this.#fresh[bucket] as number) + 1;
    if (++this.#freshCount === MAX_FRESH) this.#pour();
  }

  get count(): number {
    return this.#hdr.totalCount + this.#freshCount;
  }

  /** Values that lay outside 1 ns … 60 s and were booked at its edge. */
  get clamped(): number {
    return this.#clamped;
  }

  get minNs(): Nanoseconds | null {
    return this.count === 0 ? null : ns(this.#min);
  }

  get maxNs(): Nanoseconds | null {
    return this.count === 0 ? null : ns(this.#max);
  }

  get meanNs(): Nanoseconds | null {
    return this.count === 0 ? null : ns(this.#sum / this.count);
  }

  /**
   * The value of rank ⌈q·n⌉, as the upper end of its bucket (HdrHistogram's convention), never above the exact maximum.
   * Null when there are no values.
   */
  percentile(q: number): Nanoseconds | null {
    const count = this.count;
    if (count === 0) return null;
    this.#pour();
    const rank = Math.min(count, Math.max(1, Math.ceil(q * count - RANK_ROUNDING)));
    return ns(Math.max(this.#min, Math.min(this.#max, this.#hdr.getValueAtPercentile((100 * rank) / count))));
  }

  /** How many values lie above, to the bucket's resolution. */
  countAbove(valueNs: number): number {
    let above = 0;
    for (const bucket of this.buckets()) if (bucket.fromNs > valueNs) above += bucket.count;
    return above;
  }

  /** Every bucket that holds something, ascending. */
  buckets(): readonly Bucket[] {
    this.#pour();
    return this.count === 0 ? [] : readBuckets(Buffer.from(this.#hdr.encode()));
  }

  /** Adds the other's counts to this one: lossless, and checked. */
  add(other: LatencyHistogram): void {
    const expected = this.count + other.count;
    other.#pour();
    this.#hdr.add(other.#hdr);
    if (this.count !== expected) throw new Error(`histograms merged to ${this.count} values instead of ${expected}`);
    this.#clamped += other.#clamped;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#sum += other.#sum;
  }

  encode(): EncodedHistogram {
    this.#pour();
    const plain = { v2: encodeIntoCompressedBase64(this.#hdr), count: this.count, clamped: this.#clamped };
    if (this.count === 0) return plain;
    return { ...plain, exact: { minNs: this.#min, maxNs: this.#max, sumNs: this.#sum } };
  }

  /**
   * What `encode` made; also any V2 histogram of another tool, whose minimum, maximum and mean then are as good as its
   * buckets.
   * @throws Error when the text is no such histogram, or holds another number of values than it says
   */
  static decode(encoded: EncodedHistogram): LatencyHistogram {
    const histogram = new LatencyHistogram();
    histogram.#hdr.destroy();
    histogram.#hdr = decodeFromCompressedBase64(encoded.v2, 64, true) as WasmHistogram;
    if (histogram.count !== encoded.count) {
      const seen = histogram.count;
      histogram.destroy();
      throw new Error(`an encoded histogram says ${encoded.count} values and holds ${seen}`);
    }
    histogram.#clamped = encoded.clamped;
    const exact = encoded.exact ?? histogram.#bucketExtremes();
    histogram.#min = exact.minNs;
    histogram.#max = exact.maxNs;
    histogram.#sum = exact.sumNs;
    return histogram;
  }

  reset(): void {
    this.#hdr.reset();
    this.#fresh.fill(0);
    this.#freshCount = 0;
    this.#clamped = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
    this.#sum = 0;
  }

  /** Gives its memory back; any use afterwards throws. */
  destroy(): void {
    this.#hdr.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  #pour(): void {
    if (this.#freshCount === 0) return;
    this.#fresh.forEach((count, bucket) => {
      if (count > 0) this.#hdr.recordValueWithCount(lowestOf(bucket), count);
    });
    this.#fresh.fill(0);
    this.#freshCount = 0;
  }

  #clamp(value: number): number {
    if (Number.isNaN(value)) throw new Error("NaN was to be recorded in a histogram");
    this.#clamped++;
    return value < LOWEST_NS ? LOWEST_NS : HIGHEST_NS;
  }

  #bucketExtremes(): NonNullable<EncodedHistogram["exact"]> {
    if (this.count === 0) return { minNs: Infinity, maxNs: -Infinity, sumNs: 0 };
    return { minNs: this.#hdr.minNonZeroValue, maxNs: this.#hdr.maxValue, sumNs: this.#hdr.mean * this.count };
  }
}

/** q · n of a decimal q is off by some 1e-13 n at most: 0.07 · 100 is 7.000000000000001 and must be rank 7. */
const RANK_ROUNDING = 1e-9;

function emptyHistogram(): WasmHistogram {
  initWebAssemblySync();
  return build({
    bitBucketSize: 64,
    autoResize: false,
    lowestDiscernibleValue: LOWEST_NS,
    highestTrackableValue: HIGHEST_NS,
    numberOfSignificantValueDigits: DIGITS,
    useWebAssembly: true,
  }) as WasmHistogram;
}

/** Header of the V2 encoding: cookie, payload length, index offset, digits (int32), lowest, highest, ratio (int64). */
const V2_HEADER = 40;
/**
 * The WASM histogram does not let its buckets be walked, but its V2 encoding does: ZigZag LEB128 numbers in the order of
 * the buckets, where a negative one stands for a run of empty buckets.
 */
function readBuckets(v2: Buffer): Bucket[] {
  const buckets: Bucket[] = [];
  const end = V2_HEADER + v2.readInt32BE(4);
  let index = 0;
  for (let at = V2_HEADER; at < end;) {
    let zigzag = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = v2.readUInt8(at++);
      zigzag += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    const count = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    if (count > 0) buckets.push({ fromNs: lowestOf(index), toNs: lowestOf(index + 1), count });
    index += count < 0 ? -count : 1;
  }
  return buckets;
}

/** Index of the bucket that holds a value. Bit operations hold 32 bits: larger values are scaled down, which is exact. */
function bucketOf(valueNs: number): number {
  if (valueNs < 0x80000000) return smallBucketOf(valueNs | 0);
  return smallBucketOf((valueNs / 0x10000) | 0) + 16 * HALF;
}

function smallBucketOf(value: number): number {
  const octave = 32 - SUB_BITS - Math.clz32(value | SUB_MASK);
  return octave * HALF + (value >>> octave);
}

/** The smallest value of the bucket with this index. */
function lowestOf(index: number): number {
  if (index < 2 * HALF) return index;
  return (HALF + (index % HALF)) * 2 ** (Math.floor(index / HALF) - 1);
}
