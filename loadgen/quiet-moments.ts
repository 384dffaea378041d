/**
 * Collects our own young garbage while no call is on its way and none is due soon, so that V8 need not do it while one is.
 *
 * A loop that turns without a pause fills 64 MiB in some 0.3 s (each setImmediate is an object), and the collection that
 * follows holds up whatever is in flight for 1-6 ms: at 1,800 calls/s that touched more than 0.5 % of the calls of every
 * third window, which made it SUSPECT (METHOD §3).
 */
import { collectYoungGarbage } from "./quiet-heap.js";
import { ms } from "./units.js";

/** A turning loop fills 20 MiB meanwhile: so there is time left to find a moment before V8 takes one. */
const EVERY = ms(100);
/** Of a closed loop, which has such a moment after each call. */
const EVERY_CLOSED = ms(200);
/** Most collections are over within 2 ms. */
const ROOM = ms(3);

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
