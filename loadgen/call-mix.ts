/**
 * Which method a call is: drawn by weight from a seeded stream, one draw per call in the order of the schedule, so that
 * every worker knows the method of every call without being told.
 */
import type { CallShare } from "./load-plan.js";
import { deriveSeed, randomStream, type RandomStream } from "./random.js";

/** Which call comes next. */
export interface CallPicker {
  /** Index into the plan's mix. */
  pick(): number;
  /** Whether the call picked last is to be booked; else it goes its way like any other and enters no number. */
  readonly isBooked: boolean;
}

export class CallMix implements CallPicker {
  readonly isBooked = true;
  /** Cumulative shares; the last is 1. */
  readonly #upTo: Float64Array;
  readonly #random: RandomStream;

  /** @param label tells streams of one seed apart: closed loops have one per worker */
  constructor(mix: readonly CallShare[], seed: number, label: string | number = "all") {
    const total = mix.reduce((sum, share) => sum + share.weight, 0);
    let upTo = 0;
    this.#upTo = Float64Array.from(mix, (share) => (upTo += share.weight) / total);
    this.#random = randomStream(deriveSeed(seed, "mix", label));
  }

  pick(): number {
    const last = this.#upTo.length - 1;
    if (last === 0) return 0;
    const u = this.#random.uniform();
    for (let share = 0; share < last; share++) if (u < (this.#upTo[share] as number)) return share;
    return last;
  }
}
