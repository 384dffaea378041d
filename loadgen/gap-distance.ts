/**
 * Did the calls leave as they were asked to? The Kolmogorov distance between the gaps of the sent calls and the gaps of
 * the schedule: the largest difference of their two distribution functions, 0 (alike) to 1. Not a p-value: a large
 * sample would reject everything (METHOD §3).
 *
 * The schedule's own gaps stand for the asked distribution, so that every kind of arrivals and every worker's share of
 * them can be judged and no chance of a small sample enters. Memory is two coarse histograms.
 *
 * Gaps that differ by less than 20 µs or a tenth are alike: constant arrivals have one gap only, and any jitter would
 * be a distance of 0.5; and calls that are due within the time of one write (5-20 µs) leave together.
 */
import { bucketOf, BUCKETS, CoarseHistogram, highestOf } from "./coarse-histogram.js";

const ALIKE_NS = 20_000;
const ALIKE_SHARE = 0.1;
/** Below, one odd gap alone would move the distance by more than 0.01. */
const ENOUGH_GAPS = 100;

export class GapDistance {
  readonly #asked = new CoarseHistogram();
  readonly #sent = new CoarseHistogram();
  #lastDue = -1;
  #lastSent = -1;

  /** A call of the schedule, in its order. */
  due(atNs: number): void {
    if (this.#lastDue >= 0) this.#asked.record(atNs - this.#lastDue);
    this.#lastDue = atNs;
  }

  sent(atNs: number): void {
    if (this.#lastSent >= 0) this.#sent.record(atNs - this.#lastSent);
    this.#lastSent = atNs;
  }

  /** Null when there are too few gaps to tell. */
  distance(): number | null {
    if (this.#asked.count < ENOUGH_GAPS || this.#sent.count < ENOUGH_GAPS) return null;
    const asked = distribution(this.#asked);
    const sent = distribution(this.#sent);
    let distance = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const gap = highestOf(bucket);
      const beyond = Math.min(BUCKETS - 1, bucketOf(gap + Math.max(ALIKE_NS, ALIKE_SHARE * gap)));
      const tooShort = (sent[bucket] as number) - (asked[beyond] as number);
      const tooLong = (asked[bucket] as number) - (sent[beyond] as number);
      distance = Math.max(distance, tooShort, tooLong);
    }
    return distance;
  }
}

/** The share of values up to the end of each bucket. */
function distribution(histogram: CoarseHistogram): Float64Array {
  let seen = 0;
  return Float64Array.from(histogram.counts, (count) => (seen += count) / histogram.count);
}
