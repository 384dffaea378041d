/**
 * What makes the calls of a window: a schedule (open-loop.ts), answers (closed-loop.ts), or answers with a connection
 * for each call (connection-per-call.ts).
 */
import type { Work } from "./pacer.js";
import type { Nanoseconds } from "./units.js";

export interface LoadSource extends Work {
  /**
   * Opens connections and primes them with one call each; resolves early when closed meanwhile.
   * @throws Fault that names why a target can't be measured
   */
  prepare(): Promise<void>;
  /** The warm-up begins. */
  begin(at: Nanoseconds): void;
  /** Makes the calls that are due. Returns when the next is due; Infinity when only an answer makes one. */
  sendDue(at: Nanoseconds): number;
  /** Calls that are made from now on belong to the window. */
  enterWindow(): void;
  /** The plan's total of calls is made: the window need not last longer. */
  readonly exhausted: boolean;
  /** Makes no more calls; those that wait for a stream are never sent. */
  stop(): void;
  /** Calls of the window that are on their way. */
  readonly windowInFlight: number;
  /** Calls of the window that were on their way at some instant from `from` to `to`, which must be recent. */
  inFlightBetween(from: number, to: number): number;
  /** Ends calls whose deadline is over. */
  expire(at: Nanoseconds): void;
  /** Whatever ends from now on, ends because we close. Resolves when every connection is closed. */
  close(): Promise<void>;
}
