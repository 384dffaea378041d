/**
 * A fixed number of calls in flight: each answer asks for the next call. There is no intended time, so nothing here is
 * called response (METHOD §2.2).
 */
import type { CallPicker } from "./call-mix.js";
import { DrivenCalls, type Driven } from "./driven-calls.js";
import { QuietMoments } from "./quiet-moments.js";
import type { Recorder } from "./recorder.js";

export interface ClosedLoopParts {
  readonly inFlight: number;
  /** Calls to make in the window at most. */
  readonly total: number;
  readonly mix: CallPicker;
  readonly recorder: Recorder;
}

export class ClosedLoopSource extends DrivenCalls {
  exhausted = false;
  readonly #parts: ClosedLoopParts;
  readonly #quietMoments = new QuietMoments();
  #inWindow = false;
  #stopped = false;

  constructor(driven: Driven, parts: ClosedLoopParts) {
    super(driven);
    this.#parts = parts;
  }

  begin(at: number): void {
    this.driver.onEnd = (ended) => this.#ask(ended);
    for (let i = 0; i < this.#parts.inFlight; i++) this.#ask(at);
    this.driver.flush();
  }

  sendDue(): number {
    return Infinity;
  }

  enterWindow(): void {
    this.#inWindow = true;
  }

  stop(): void {
    this.#stopped = true;
    this.driver.giveUpWaiting();
  }

  #ask(at: number): void {
    if (this.#stopped || this.exhausted) return;
    if (this.driver.inFlight === 0) this.#quietMoments.use(at, Infinity);
    const { recorder, mix, total } = this.#parts;
    const share = mix.pick();
    const booked = this.#inWindow && mix.isBooked;
    if (booked && ++recorder.scheduled >= total) this.exhausted = true;
    this.driver.request(share, at, at, booked);
  }
}
