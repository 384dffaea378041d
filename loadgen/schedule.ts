/**
 * The calls of an open loop, one after the other: when each is due and which method it is. Several workers share one
 * schedule: each goes through all of it and takes every n-th call, so that together they send exactly what one alone
 * would send (and a constant rate becomes evenly shifted phases). Where callers are pods of their own, a worker takes the
 * calls of its caller only, and shares those with the workers of the same caller.
 *
 * Computed ahead in blocks that are small enough not to delay a call that is due meanwhile (64 calls: some 5 µs).
 */
import { dueTimes, type DueTimes } from "./arrivals.js";
import { CallMix } from "./call-mix.js";
import type { CallerName, LoadPlan, OpenLoop } from "./load-plan.js";

const BLOCK = 64;

export interface Share {
  readonly worker: number;
  readonly workers: number;
  /** The only caller this worker speaks for; absent: every caller of the mix. */
  readonly caller?: CallerName;
}

/** This worker's part of a count that all of them share. */
export function evenShare(total: number, { worker, workers }: Share): number {
  return Math.floor(total / workers) + (worker < total % workers ? 1 : 0);
}

export class Schedule {
  /** The call that comes next: ns from the beginning of the warm-up; Infinity when there is none. */
  dueNs = Infinity;
  /** Its index into the plan's mix. */
  share = 0;
  /** The window's calls are all named because `totalCalls` is reached, not because its time is over. */
  reachedTotal = false;

  readonly #times: DueTimes;
  readonly #mix: CallMix;
  readonly #warmupNs: number;
  readonly #endNs: number;
  readonly #total: number;
  readonly #turns: Share;
  /** By index into the mix: whether the share is this worker's caller's. */
  readonly #speaksFor: readonly boolean[];
  readonly #due = new Float64Array(BLOCK);
  readonly #shares = new Uint8Array(BLOCK);
  #at = BLOCK - 1;
  #over = false;
  /** Calls of the workers that share with this one, and all calls that are due in the window. */
  #calls = 0;
  #windowCalls = 0;
  #picked = 0;

  constructor(plan: LoadPlan, loop: OpenLoop, turns: Share) {
    this.#times = dueTimes(loop.arrivals, plan, plan.seed);
    this.#mix = new CallMix(plan.mix, plan.seed);
    this.#warmupNs = plan.warmupNs;
    this.#endNs = plan.warmupNs + plan.windowNs;
    this.#total = plan.totalCalls ?? Infinity;
    this.#turns = turns;
    this.#speaksFor = plan.mix.map(({ caller }) => turns.caller === undefined || turns.caller === caller);
    this.advance();
  }

  /** Goes on to the next call; stays where it is after the last. */
  advance(): void {
    if (this.#over) return;
    if (++this.#at === BLOCK) this.#fill();
    this.dueNs = this.#due[this.#at] as number;
    this.share = this.#shares[this.#at] as number;
    if (this.dueNs !== Infinity) return;
    this.#over = true;
    this.reachedTotal = this.#windowCalls >= this.#total;
  }

  #fill(): void {
    this.#at = 0;
    for (let i = 0; i < BLOCK; i++) {
      this.#due[i] = this.#nextOfMine();
      if (this.#due[i] === Infinity) return;
      this.#shares[i] = this.#picked;
    }
  }

  /** Due time of this worker's next call; which method it is stays in `#picked`. */
  #nextOfMine(): number {
    for (;;) {
      if (this.#windowCalls >= this.#total) return Infinity;
      const due = this.#times();
      if (due >= this.#endNs) return Infinity;
      if (due >= this.#warmupNs) this.#windowCalls++;
      this.#picked = this.#mix.pick();
      if (this.#speaksFor[this.#picked] === false) continue;
      if (this.#calls++ % this.#turns.workers === this.#turns.worker) return due;
    }
  }
}
