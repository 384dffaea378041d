/**
 * Does things at exact instants without a blocked loop: for service times of some hundred microseconds, of which Node's
 * timers (whole milliseconds, rung late) know nothing.
 *
 * Far ahead it sleeps with a timer; for the last two milliseconds it turns the loop (setImmediate), which keeps a core
 * busy but still serves every socket on the way. A turn takes 1-5 µs, so that is how late things are.
 */
import { now } from "./clock.js";
import type { Nanoseconds } from "./units.js";

export interface DueQueueWorld {
  readonly clock: () => Nanoseconds;
  readonly setImmediate: (turn: () => void) => void;
  /** Returns what cancels it. */
  readonly setTimeout: (turn: () => void, ms: number) => () => void;
}

export const realWorld: DueQueueWorld = {
  clock: now,
  setImmediate: (turn) => setImmediate(turn),
  setTimeout: (turn, ms) => {
    const timer = setTimeout(turn, ms);
    return () => clearTimeout(timer);
  },
};

/** A timer may ring more than a millisecond after its time. */
const TURNING_NS = 2e6;

interface Due {
  readonly at: number;
  readonly act: () => void;
}

export class DueQueue {
  /** A binary heap, the next one first. */
  private readonly heap: Due[] = [];
  private isTurning = false;
  /** What the timer was set for. */
  private timerFor: Due | null = null;
  private cancelTimer: () => void = () => undefined;

  constructor(private readonly world: DueQueueWorld) {}

  /** `act` is called once, at `at` or as soon after it as the loop allows. */
  add(at: number, act: () => void): void {
    this.push({ at, act });
    this.schedule();
  }

  private readonly onTurn = (): void => {
    this.isTurning = false;
    this.timerFor = null;
    const at = this.world.clock();
    while (this.heap.length > 0 && this.heap[0]!.at <= at) this.pop().act();
    this.schedule();
  };

  private schedule(): void {
    const next = this.heap[0];
    if (next === undefined || this.isTurning || next === this.timerFor) return;
    const aheadNs = next.at - this.world.clock();
    this.cancelTimer();
    if (aheadNs <= TURNING_NS) {
      this.isTurning = true;
      this.world.setImmediate(this.onTurn);
    } else {
      this.timerFor = next;
      this.cancelTimer = this.world.setTimeout(this.onTurn, Math.floor((aheadNs - TURNING_NS) / 1e6) + 1);
    }
  }

  private push(due: Due): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= due.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  }

  private pop(): Due {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (child >= heap.length || heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
