/**
 * A world for tests in which time passes only when something happens: a clock, a pacer and a peer that answers by script.
 * Whole windows of load run through in milliseconds, and always the same way.
 */
import type { Outside } from "../outside.js";
import type { Pacer, Turn } from "../pacer.js";
import { ns, type Nanoseconds } from "../units.js";

interface Happening {
  readonly at: number;
  readonly number: number;
  readonly what: () => void;
}

export class VirtualWorld implements Outside {
  /** How late the loop comes to each turn it wanted. */
  latenessNs: (wantedAt: number) => number = () => 0;
  /** The loop turns at least this often, wanted or not: what a pacer that spins does. */
  turnsEveryNs = Infinity;
  #now = 1_000_000_000;
  #count = 0;
  readonly #ahead: Happening[] = [];
  readonly #deferred: (() => void)[] = [];

  clock(): Nanoseconds {
    return ns(this.#now);
  }

  defer(work: () => void): void {
    this.#deferred.push(work);
  }

  wait(time: Nanoseconds): Promise<void> {
    return new Promise((resolve) => this.at(this.#now + time, resolve));
  }

  /** Something that will happen; what is asked for the past happens now. */
  at(time: number, what: () => void): void {
    const happening = { at: Math.max(this.#now, time), number: this.#count++, what };
    let place = this.#ahead.length;
    while (place > 0 && isLater(this.#ahead[place - 1] as Happening, happening)) place--;
    this.#ahead.splice(place, 0, happening);
  }

  pacer(): Pacer {
    let running = false;
    const turnAt = (turn: Turn, wanted: number): void => {
      const next = Math.min(wanted + this.latenessNs(wanted), this.#now + this.turnsEveryNs);
      if (next === Infinity) return;
      this.at(next, () => {
        if (running) turnAt(turn, turn(this.clock()));
      });
    };
    return {
      start: (turn) => {
        running = true;
        turnAt(turn, this.#now);
      },
      stop: () => (running = false),
      takeCosts: () => ({ spinNs: ns(0), loopDelayMaxNs: ns(0) }),
    };
  }

  /**
   * Lets things happen until the promise settles; whatever hangs on a happening is done before the next.
   * @throws Error when nothing is left that could settle it
   */
  async until<T>(goal: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): boolean => (isSettled = true);
    goal.then(settle, settle);
    for (;;) {
      await new Promise(setImmediate);
      this.#runDeferred();
      if (isSettled) return goal;
      const next = this.#ahead.shift();
      if (next === undefined) throw new Error("nothing will ever happen again in this world");
      this.#now = next.at;
      next.what();
      this.#runDeferred();
    }
  }

  #runDeferred(): void {
    while (this.#deferred.length > 0) for (const work of this.#deferred.splice(0)) work();
  }
}

function isLater(a: Happening, b: Happening): boolean {
  return a.at > b.at || (a.at === b.at && a.number > b.number);
}
