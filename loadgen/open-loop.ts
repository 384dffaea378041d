/**
 * Calls leave when the schedule says, answered or not. A turn that comes late sends everything that is due, each call
 * with its own intended time: nothing is skipped, nothing invented.
 *
 * A call that comes alone is laid out shortly before it is due, and then only has to be written: after a millisecond of
 * turning the loop, the way to the socket is cold. At 1,000/s the median call then left 1.5 µs late instead of 6.9, at
 * 200/s 6 instead of 34 (hybrid, three interleaved rounds against the build before, on 2 cores).
 */
import { DrivenCalls, type Driven } from "./driven-calls.js";
import type { Recorder } from "./recorder.js";
import type { Schedule } from "./schedule.js";
import { us } from "./units.js";

export interface OpenLoopParts {
  readonly schedule: Schedule;
  readonly recorder: Recorder;
  readonly warmupNs: number;
  /** The transport holds calls until they are flushed. */
  readonly mayLayOut: boolean;
}

/** Some turns of the loop, so that one of them comes in time; of any other frame that could flush it, too short a time. */
const AHEAD = us(25);

export class OpenLoopSource extends DrivenCalls {
  readonly #schedule: Schedule;
  readonly #recorder: Recorder;
  readonly #warmupNs: number;
  readonly #mayLayOut: boolean;
  #startAt = 0;
  /** The call that is due next was started, but not flushed. */
  #isLaidOut = false;
  #stopped = false;

  constructor(driven: Driven, { schedule, recorder, warmupNs, mayLayOut }: OpenLoopParts) {
    super(driven);
    this.#schedule = schedule;
    this.#recorder = recorder;
    this.#warmupNs = warmupNs;
    this.#mayLayOut = mayLayOut;
  }

  begin(at: number): void {
    this.#startAt = at;
  }

  sendDue(at: number): number {
    if (this.#stopped) return Infinity;
    const schedule = this.#schedule;
    let due = this.#startAt + schedule.dueNs;
    if (due > at) {
      if (due - at < AHEAD && this.#mayLayOut && !this.#isLaidOut && this.driver.inFlight === 0) this.#layOut(due);
      return due;
    }
    if (this.#isLaidOut) due = this.#sendLaidOut();
    for (; due <= at; due = this.#advance()) this.#request(due, at);
    this.driver.flush();
    return due;
  }

  #request(due: number, at: number): void {
    const inWindow = this.#schedule.dueNs >= this.#warmupNs;
    if (inWindow) {
      this.#recorder.scheduled++;
      this.#recorder.gaps.due(due);
    }
    this.driver.request(this.#schedule.share, due, at, inWindow);
  }

  #advance(): number {
    this.#schedule.advance();
    return this.#startAt + this.#schedule.dueNs;
  }

  #layOut(due: number): void {
    this.#isLaidOut = true;
    this.#request(due, due);
  }

  /** @returns when the call behind it is due */
  #sendLaidOut(): number {
    this.#isLaidOut = false;
    this.driver.flush();
    return this.#advance();
  }

  /** The intended time alone says what belongs to the window. */
  enterWindow(): void {}

  get exhausted(): boolean {
    return this.#schedule.reachedTotal && this.driver.waiting === 0;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#isLaidOut) this.#sendLaidOut();
    this.driver.giveUpWaiting();
  }
}
