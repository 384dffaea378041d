/**
 * Reads everything that describes the generator itself at the two edges of the window.
 */
import type { ConnectionLog } from "./connection-log.js";
import { GarbageWatch } from "./garbage-watch.js";
import type { GeneratorHealth } from "./measurement.js";
import type { Idle, Pacer, PacingCosts } from "./pacer.js";
import { allowedCpus, onlineCpus, ProcessReadings } from "./process-readings.js";
import { describeHealth, type EdgeReading, type Observed } from "./self-observation.js";
import type { Nanoseconds } from "./units.js";

export class WindowObserver implements Disposable {
  readonly #pacer: Pacer;
  readonly #idle: Idle;
  readonly #log: ConnectionLog;
  readonly #readings = new ProcessReadings();
  readonly #garbage: GarbageWatch;
  #opening: EdgeReading | null = null;
  #closing: EdgeReading | null = null;
  #pacing: PacingCosts | null = null;

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
    this.#opening = { atNs: at, ...this.#readings.read(false) };
    this.#pacer.takeCosts();
  }

  windowClosed(at: Nanoseconds): void {
    this.#pacing = this.#pacer.takeCosts();
    this.#closing = { atNs: at, ...this.#readings.read(true) };
    this.#log.windowClosed();
  }

  /** After the drain. */
  health(more: Pick<Observed, "gapDistance" | "halves" | "startedLateNs">): GeneratorHealth {
    if (this.#opening === null || this.#closing === null || this.#pacing === null) {
      throw new Error("the health of a window was asked for that was not opened and closed");
    }
    const { atNs: from } = this.#opening;
    return describeHealth({
      opening: this.#opening,
      closing: this.#closing,
      pacing: this.#pacing,
      garbage: this.#garbage.between(from, this.#closing.atNs),
      idle: this.#idle,
      pinnedCpus: pinnedCpus(),
      ...more,
    });
  }

  [Symbol.dispose](): void {
    this.#readings[Symbol.dispose]();
    this.#garbage[Symbol.dispose]();
  }
}

/** Null when this process may run on every CPU. */
function pinnedCpus(): string | null {
  const allowed = allowedCpus();
  return allowed.length < onlineCpus().length ? allowed.join(",") : null;
}
