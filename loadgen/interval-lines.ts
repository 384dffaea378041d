/**
 * The picture over time: what happened in each interval of the window, and how the two halves of the window compare.
 *
 * A call costs one record for interval and halves together: what an interval held is added to the window's sum when it
 * is cut. Cutting happens beside running calls, so it walks the buckets once and no more.
 */
import { CoarseHistogram, percentileOf, type SparseCounts } from "./coarse-histogram.js";
import type { IntervalLine } from "./measurement.js";
import { ns, type Nanoseconds } from "./units.js";
import type { IntervalCounts } from "./worker-protocol.js";

interface Counts {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
}

export interface Interval {
  readonly line: IntervalLine;
  readonly counts: IntervalCounts;
  /** From the window's start. */
  readonly endNs: Nanoseconds;
}

export class IntervalLines {
  sent = 0;
  ok = 0;
  failed = 0;
  /**
   * Since the last cut, of the first method in the mix: response (open loop) or service (closed loop) of calls that
   * ended OK.
   */
  readonly headline = new CoarseHistogram();
  /** Since the last cut, of all methods. */
  readonly lateness = new CoarseHistogram();

  readonly #intervalNs: number;
  /** The headline of all intervals that are cut. */
  readonly #window = new CoarseHistogram();
  #firstHalf: CoarseHistogram | null = null;
  #before: Counts = { sent: 0, ok: 0, failed: 0 };
  #lastCutNs = 0;

  constructor(intervalNs: Nanoseconds) {
    this.#intervalNs = intervalNs;
  }

  /** From the window's start: when the interval that runs now began. */
  get lastCutNs(): number {
    return this.#lastCutNs;
  }

  /** From the window's start: when the interval that runs now is to be cut. */
  get nextCutNs(): number {
    return this.#lastCutNs + this.#intervalNs;
  }

  /** Ends the interval and begins the next. */
  cut(atNs: number, inFlight: number): Interval {
    const { sent, ok, failed } = this;
    const before = this.#before;
    const headline = this.headline.takeSparse();
    const lateness = this.lateness.takeSparse();
    const line = {
      atNs: ns(this.#lastCutNs),
      sent: sent - before.sent,
      ok: ok - before.ok,
      failed: failed - before.failed,
      inFlight,
      p50Ns: percentileOf(headline, 0.5),
      p99Ns: percentileOf(headline, 0.99),
      latenessP99Ns: percentileOf(lateness, 0.99),
    };
    this.#window.add(headline);
    this.#before = { sent, ok, failed };
    this.#lastCutNs = atNs;
    return { line, counts: { headline, lateness }, endNs: ns(atNs) };
  }

  /** The middle of the window has come. */
  markHalf(): void {
    this.#firstHalf = new CoarseHistogram();
    this.#firstHalf.add(this.#window.toSparse());
    this.#firstHalf.add(this.headline.toSparse());
  }

  /** The headline of the window's halves, by when calls ended; once the last interval is cut. */
  halves(): readonly [SparseCounts, SparseCounts] {
    if (this.#firstHalf === null) return [this.#window.toSparse(), []];
    return [this.#firstHalf.toSparse(), this.#window.since(this.#firstHalf)];
  }
}
