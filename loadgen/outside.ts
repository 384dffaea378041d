/** Time, and how it is waited for: passed in, so that tests run on a clock of their own. */
import type { Idle, Pacer } from "./pacer.js";
import type { Nanoseconds } from "./units.js";

export interface Outside {
  /** CLOCK_MONOTONIC. */
  clock(): Nanoseconds;
  /** Runs a function when what goes on now is over, before anything is waited for. */
  defer(work: () => void): void;
  wait(time: Nanoseconds): Promise<void>;
  pacer(idle: Idle): Pacer;
}
