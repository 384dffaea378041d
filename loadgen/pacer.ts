/**
 * Turns of the event loop at the right time: wakes the load loop when its next call is due.
 *
 * A timer of Node knows whole milliseconds only and rings late; setImmediate turns the loop at once, reads the sockets
 * on the way, and costs a core. So there are three ways to wait (idle-choice.ts says which is `auto`):
 *
 *   sleep   timers only. For a machine where every core is needed by the road. Calls leave some 0.6 ms late.
 *   hybrid  timers until shortly before the next call, then turns; turns as well while an answer is awaited.
 *   spin    turns only. The quietest: an answer is read when it arrives, not when the kernel has woken us.
 *
 * The loop itself is never blocked (no Atomics.wait, no busy loop within a turn).
 */
import { now } from "./clock.js";
import type { IdleStrategy } from "./load-plan.js";
import { QuietMoments } from "./quiet-moments.js";
import { ms, ns, us, type Nanoseconds } from "./units.js";

export type Idle = Exclude<IdleStrategy, "auto">;

/** One turn's work. Returns when the next turn is wanted; Infinity: only when something happens. */
export type Turn = (at: Nanoseconds) => number;

/** What the pacer must know of the work: it is spin what lies between two turns in which nothing was done. */
export interface Work {
  /** Whoever does something sets this; the pacer sets it back. */
  worked: boolean;
  /** Calls on their way. */
  readonly inFlight: number;
}

export interface PacingCosts {
  /** CPU burnt in turns that found nothing to do. */
  readonly spinNs: Nanoseconds;
  /** The longest time from when a turn was wanted, or the turn before was begun, to the turn. */
  readonly loopDelayMaxNs: Nanoseconds;
}

export interface Pacer {
  start(turn: Turn, work: Work): void;
  stop(): void;
  /** Since they were taken last. */
  takeCosts(): PacingCosts;
}

/** A timer may ring up to 1.1 ms after its time: whole milliseconds, rounded up, and the kernel's slack. */
const GUARD = us(1_500);
/** An answer is awaited in turns for this long after something last happened; then it may as well be slow. */
const LINGER = ms(2);
/**
 * Turns that find nothing take 1-5 µs. One that took longer was interrupted (another process, our garbage collection):
 * only so much of it is certain to be spin, the rest counts as work. Better to blame ourselves too much than too little.
 */
const LONGEST_IDLE_TURN = us(10);

export class LoopPacer implements Pacer {
  readonly #idle: Idle;
  #turn: Turn = () => Infinity;
  #work: Work = { worked: false, inFlight: 0 };
  #running = false;
  #timer: NodeJS.Timeout | null = null;
  /** When the turn that comes next was wanted; its predecessor's instant while the loop spins. */
  #wantedAt = 0;
  #isSpinning = false;
  #lastWorkAt = 0;
  #spinNs = 0;
  #loopDelayMaxNs = 0;
  readonly #quietMoments = new QuietMoments();

  constructor(idle: Idle) {
    this.#idle = idle;
  }

  start(turn: Turn, work: Work): void {
    this.#turn = turn;
    this.#work = work;
    this.#running = true;
    this.#isSpinning = false;
    this.#wantedAt = now();
    setImmediate(this.#onTurn);
  }

  stop(): void {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  takeCosts(): PacingCosts {
    const costs = { spinNs: ns(this.#spinNs), loopDelayMaxNs: ns(this.#loopDelayMaxNs) };
    this.#spinNs = 0;
    this.#loopDelayMaxNs = 0;
    // Whoever takes costs reads other things as well, and that is not the next turn's delay.
    if (this.#isSpinning) this.#wantedAt = now();
    return costs;
  }

  readonly #onTurn = (): void => {
    if (!this.#running) return;
    const at = now();
    this.#account(at);
    const wanted = this.#turn(at);
    if (this.#running) this.#wait(at, wanted);
  };

  #account(at: Nanoseconds): void {
    const since = at - this.#wantedAt;
    if (since > this.#loopDelayMaxNs) this.#loopDelayMaxNs = since;
    if (this.#work.worked) {
      this.#work.worked = false;
      this.#lastWorkAt = at;
    } else if (this.#isSpinning) {
      this.#spinNs += since < LONGEST_IDLE_TURN ? since : LONGEST_IDLE_TURN;
    }
  }

  #wait(at: Nanoseconds, wanted: number): void {
    const sleepNs = this.#idle === "spin" ? 0 : this.#sleepNs(at, wanted);
    this.#isSpinning = sleepNs <= 0;
    if (this.#isSpinning) {
      const isQuiet = this.#work.inFlight === 0 && this.#quietMoments.use(at, wanted);
      // No call waited for it: it is nobody's delay.
      this.#wantedAt = isQuiet ? now() : at;
      setImmediate(this.#onTurn);
    } else if (sleepNs < Infinity) {
      this.#wantedAt = at + sleepNs;
      this.#timer = setTimeout(this.#onTurn, sleepNs / 1e6);
    }
  }

  /** How long the loop may sleep; 0 when it had better turn. */
  #sleepNs(at: number, wanted: number): number {
    if (this.#idle === "sleep") return wanted - at;
    if (this.#work.inFlight > 0 && at - this.#lastWorkAt < LINGER) return 0;
    return wanted - at - GUARD < ms(1) ? 0 : Math.floor((wanted - at - GUARD) / 1e6) * 1e6;
  }
}
