/**
 * Calls leave when the schedule says, answered or not. A turn that comes late sends everything that is due, each call
 * with its own intended time: nothing is skipped, nothing invented.
 */
import { DrivenCalls, type Driven } from "./driven-calls.js";
import type { Recorder } from "./recorder.js";
import type { Schedule } from "./schedule.js";

export interface OpenLoopParts {
  readonly schedule: Schedule;
  readonly recorder: Recorder;
  readonly warmupNs: number;
}

export class OpenLoopSource extends DrivenCalls {
  readonly #schedule: Schedule;
  readonly #recorder: Recorder;
  readonly #warmupNs: number;
  #startAt = 0;
  #stopped = false;

  constructor(driven: Driven, { schedule, recorder, warmupNs }: OpenLoopParts) {
    super(driven);
    this.#schedule = schedule;
    this.#recorder = recorder;
    this.#warmupNs = warmupNs;
  }

  begin(at: number): void {
    this.#startAt = at;
  }

  sendDue(at: number): number {
    if (this.#stopped) return Infinity;
    const schedule = this.#schedule;
    let due = this.#startAt + schedule.dueNs;
    if (due > at) return due;
    do {
      const inWindow = schedule.dueNs >= this.#warmupNs;
      if (inWindow) {
        this.#recorder.scheduled++;
        this.#recorder.gaps.due(due);
      }
      this.driver.request(schedule.share, due, at, inWindow);
      schedule.advance();
      due = this.#startAt + schedule.dueNs;
    } while (due <= at);
    this.driver.flush();
    return due;
  }

  /** The intended time alone says what belongs to the window. */
  enterWindow(): void {}

  get exhausted(): boolean {
    return this.#schedule.reachedTotal && this.driver.waiting === 0;
  }

  stop(): void {
    this.#stopped = true;
    this.driver.giveUpWaiting();
  }
}
