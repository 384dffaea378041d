/**
 * Reads everything that describes the generator itself: at the two edges of the window, and in longer ones after each
 * second.
 *
 * A reading blocks the loop for some 50-100 µs. Of a window of a second or less there are none but at its edges; in a
 * longer one each second gives up a ten-thousandth of itself, just after what was due has been sent.
 */
import { CoarseHistogram, type SparseCounts } from "./coarse-histogram.js";
import type { ConnectionLog } from "./connection-log.js";
import { GarbageWatch } from "./garbage-watch.js";
import type { Interval } from "./interval-lines.js";
import type { GeneratorHealth, GeneratorSecond } from "./measurement.js";
import type { Idle, Pacer, PacingCosts } from "./pacer.js";
import { allowedCpus, onlineCpus, ProcessReadings } from "./process-readings.js";
import { describeHealth, describeSpan, type EdgeReading, type Observed } from "./self-observation.js";
import { ns, type Nanoseconds } from "./units.js";

/** From one reading to the next. */
interface ObservedSecond {
  readonly opening: EdgeReading;
  readonly closing: EdgeReading;
  readonly pacing: PacingCosts;
  /** Its end, from the window's start. */
  readonly endNs: Nanoseconds;
  readonly lateness: readonly SparseCounts[];
  readonly inFlight: number;
}

export class WindowObserver implements Disposable {
  readonly #pacer: Pacer;
  readonly #idle: Idle;
  readonly #log: ConnectionLog;
  readonly #readings = new ProcessReadings();
  readonly #garbage: GarbageWatch;
  #opening: EdgeReading | null = null;
  #lastReading: EdgeReading | null = null;
  #isClosed = false;
  readonly #seconds: ObservedSecond[] = [];
  /** Of the intervals since the last reading. */
  #lateness: SparseCounts[] = [];
  #inFlight = 0;
  #endNs = ns(0);

  /** @param callsBetween see GarbageWatch */
  constructor(pacer: Pacer, idle: Idle, log: ConnectionLog, callsBetween: (from: number, to: number) => number) {
    this.#pacer = pacer;
    this.#idle = idle;
    this.#log = log;
    this.#garbage = new GarbageWatch(callsBetween);
    // The first reading is the slowest: it is none of the window's.
    this.#readings.read(false);
  }

  windowOpens(at: Nanoseconds): void {
    this.#log.windowOpened();
    this.#opening = this.#lastReading = { atNs: at, ...this.#readings.read(false) };
    this.#pacer.takeCosts();
  }

  interval({ line, counts, endNs }: Interval): void {
    this.#lateness.push(counts.lateness);
    this.#inFlight = line.inFlight;
    this.#endNs = endNs;
  }

  /** A second of the window ended with the interval that was told last. */
  secondEnds(at: Nanoseconds): void {
    this.#read(at, false);
  }

  windowClosed(at: Nanoseconds): void {
    this.#read(at, true);
    this.#isClosed = true;
    this.#log.windowClosed();
  }

  /** After the drain. */
  health(more: Pick<Observed, "gapDistance" | "halves" | "startedLateNs">): GeneratorHealth {
    const { opening, closing } = this.#edges();
    return describeHealth({
      opening,
      closing,
      pacing: {
        spinNs: ns(this.#seconds.reduce((sum, { pacing }) => sum + pacing.spinNs, 0)),
        loopDelayMaxNs: ns(Math.max(...this.#seconds.map(({ pacing }) => pacing.loopDelayMaxNs))),
      },
      garbage: this.#garbage.between(opening.atNs, closing.atNs),
      idle: this.#idle,
      pinnedCpus: pinnedCpus(),
      ...more,
    });
  }

  /** After the drain. */
  seconds(worker: number): GeneratorSecond[] {
    return this.#seconds.map(({ opening, closing, pacing, endNs, lateness, inFlight }, index) => {
      const atNs = this.#seconds[index - 1]?.endNs ?? ns(0);
      const garbage = this.#garbage.between(opening.atNs, closing.atNs);
      const latenessP99Ns = percentileOfAll(lateness, 0.99);
      const lengthNs = ns(endNs - atNs);
      return {
        worker,
        atNs,
        lengthNs,
        ...describeSpan({ opening, closing, pacing, garbage }),
        latenessP99Ns,
        inFlight,
      };
    });
  }

  [Symbol.dispose](): void {
    this.#readings[Symbol.dispose]();
    this.#garbage[Symbol.dispose]();
  }

  #read(at: Nanoseconds, newThreads: boolean): void {
    const opening = this.#lastReading;
    if (opening === null) throw new Error("a window was read that was not opened");
    const pacing = this.#pacer.takeCosts();
    const closing = { atNs: at, ...this.#readings.read(newThreads) };
    this.#seconds.push({
      opening,
      closing,
      pacing,
      endNs: this.#endNs,
      lateness: this.#lateness,
      inFlight: this.#inFlight,
    });
    this.#lastReading = closing;
    this.#lateness = [];
  }

  #edges(): { readonly opening: EdgeReading; readonly closing: EdgeReading } {
    if (this.#opening === null || this.#lastReading === null || !this.#isClosed) {
      throw new Error("the health of a window was asked for that was not opened and closed");
    }
    return { opening: this.#opening, closing: this.#lastReading };
  }
}

function percentileOfAll(all: readonly SparseCounts[], q: number): number | null {
  const sum = new CoarseHistogram();
  for (const counts of all) sum.add(counts);
  return sum.percentile(q);
}

/** Null when this process may run on every CPU. */
function pinnedCpus(): string | null {
  const allowed = allowedCpus();
  return allowed.length < onlineCpus().length ? allowed.join(",") : null;
}
