/**
 * The picture over time: what happened in each interval of the window, and how the two halves of the window compare.
 *
 * Everything is counted from the window's start and never reset: an interval is the difference of two readings, so that
 * a call costs one record for interval and half together.
 */
import { CoarseHistogram, type SparseCounts } from "./coarse-histogram.js";
import type { IntervalLine } from "./measurement.js";
import { ns, type Nanoseconds } from "./units.js";
import type { IntervalCounts } from "./worker-protocol.js";

interface Reading {
  readonly atNs: number;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly headline: CoarseHistogram;
  readonly lateness: CoarseHistogram;
}

export interface Interval {
  readonly line: IntervalLine;
  readonly counts: IntervalCounts;
}

export class IntervalLines {
  sent = 0;
  ok = 0;
  failed = 0;
  /** Of the first method in the mix: response (open loop) or service (closed loop) of calls that ended OK. */
  readonly headline = new CoarseHistogram();
  readonly lateness = new CoarseHistogram();

  readonly #intervalNs: number;
  #last: Reading;
  #firstHalf: CoarseHistogram | null = null;

  constructor(intervalNs: Nanoseconds) {
    this.#intervalNs = intervalNs;
    this.#last = this.#read(0);
  }

  /** From the window's start: when the interval that runs now began. */
  get lastCutNs(): number {
    return this.#last.atNs;
  }

  /** From the window's start: when the interval that runs now is to be cut. */
  get nextCutNs(): number {
    return this.#last.atNs + this.#intervalNs;
  }

  /** Ends the interval and begins the next. */
  cut(atNs: number, inFlight: number): Interval {
    const before = this.#last;
    const headline = this.headline.since(before.headline);
    const lateness = this.lateness.since(before.lateness);
    this.#last = this.#read(atNs);
    return {
      line: {
        atNs: ns(before.atNs),
        sent: this.sent - before.sent,
        ok: this.ok - before.ok,
        failed: this.failed - before.failed,
        inFlight,
        p50Ns: headline.percentile(0.5),
        p99Ns: headline.percentile(0.99),
        latenessP99Ns: lateness.percentile(0.99),
      },
      counts: { headline: headline.toSparse(), lateness: lateness.toSparse() },
    };
  }

  /** The middle of the window has come. */
  markHalf(): void {
    this.#firstHalf = this.headline.copy();
  }

  /** The headline of the window's halves, by when calls ended; before the drain is over. */
  halves(): readonly [SparseCounts, SparseCounts] {
    const first = this.#firstHalf ?? this.headline.copy();
    return [first.toSparse(), this.headline.since(first).toSparse()];
  }

  #read(atNs: number): Reading {
    const { sent, ok, failed } = this;
    return { atNs, sent, ok, failed, headline: this.headline.copy(), lateness: this.lateness.copy() };
  }
}
