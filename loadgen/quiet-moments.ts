/**
 * Collects our own young garbage while no call is on its way and none is due soon, so that V8 need not do it while one is.
 *
 * A loop that turns without a pause fills its 32 MiB in some 0.12 s (each setImmediate is an object), and the collection
 * that follows holds up whatever is in flight. At 1,800 calls/s that touched more than 0.5 % of the calls of every third
 * window, which made it SUSPECT (METHOD §3).
 */
import { collectYoungGarbage } from "./quiet-heap.js";
import { ms } from "./units.js";

/** Half of what it takes to fill the young generation: so there is time left to find a moment before V8 takes one. */
const EVERY = ms(60);
/** Of a closed loop, which has such a moment after each call. */
const EVERY_CLOSED = ms(80);
/**
 * Half of the collections are over within 0.6 ms. With room for 3 ms, a road that takes 0.7 ms a call would have such a
 * moment once in two seconds at 2,300 calls/s, which is too late; with this, some fifty times a second.
 */
const ROOM = ms(1);

export class QuietMoments {
  readonly #collect: () => void;
  #collectedAt = 0;

  constructor(collect: () => void = collectYoungGarbage) {
    this.#collect = collect;
  }

  /**
   * To be called while no call is on its way.
   * @param at now, in ns of one clock
   * @param nextDue when the next call must leave; of a closed loop, whose calls leave when they are asked to: Infinity
   * @returns whether time has passed here
   */
  use(at: number, nextDue: number): boolean {
    const every = nextDue === Infinity ? EVERY_CLOSED : EVERY;
    if (at - this.#collectedAt < every || nextDue - at < ROOM) return false;
    this.#collectedAt = at;
    this.#collect();
    return true;
  }
}
