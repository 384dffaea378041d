/**
 * One run through warm-up, window and drain (METHOD §2.4), in turns of the loop.
 *
 * Easy to get wrong: what is due before the window's end is sent even when the closing turn comes late; calls of the
 * window that end in the drain are booked; and the readings at the window's edges block the loop for some 100 µs, so
 * they enclose the window: one is taken just before it opens, the other when its last answers have come.
 */
import type { Interval } from "./interval-lines.js";
import type { LoadPlan } from "./load-plan.js";
import type { LoadSource } from "./load-source.js";
import type { Pacer } from "./pacer.js";
import type { Recorder } from "./recorder.js";
import type { SparseCounts } from "./coarse-histogram.js";
import { ms, ns, seconds, type Nanoseconds } from "./units.js";

export interface LoadRunParts {
  readonly plan: LoadPlan;
  readonly source: LoadSource;
  readonly recorder: Recorder;
  readonly pacer: Pacer;
  readonly events: RunEvents;
}

export interface RunEvents {
  /** The window opens within a millisecond: time to read counters. */
  windowOpens(at: Nanoseconds): void;
  interval(interval: Interval): void;
  /** A second of the window is over, with the interval just told; not told of the last. */
  secondEnds(at: Nanoseconds): void;
  /** The window is closed, and its calls have ended or were given some milliseconds for it. */
  windowClosed(at: Nanoseconds): void;
}

export interface RunSpan {
  readonly startedAtNs: Nanoseconds;
  readonly durationNs: Nanoseconds;
  readonly startedLateNs: Nanoseconds;
  readonly inFlightAtEnd: number;
  readonly halves: readonly [SparseCounts, SparseCounts];
  /** The window was ended by `cancel`. */
  readonly cancelled: boolean;
}

/** Deadlines, totals and the end of the drain are looked at this often. */
const TICK = ms(1);
/**
 * A deadline alone is no reason to be awake: who turned for each tick never slept (pacer.ts), and on a machine of two
 * cores two such workers left the road none, so that calls through Envoy took 2 s at 110/s.
 */
const UNHURRIED = ms(9);
const READ_AHEAD = ms(1);
/** The closing reading waits for answers that are on their way, so as not to delay them; but not for a stalled peer. */
const READ_WITHIN = ms(5);
const SECOND = seconds(1);

export class LoadRun {
  readonly #parts: LoadRunParts;
  readonly #startAt: Nanoseconds;
  #phase: "ahead" | "warm-up" | "window" | "drain" = "ahead";
  #opensAt: Nanoseconds;
  #closesAt: Nanoseconds;
  #openingWasRead = false;
  #closingWasRead = false;
  #readBy = ns(Infinity);
  #drainUntil = ns(Infinity);
  #nextTick = ns(0);
  #startedLate = ns(0);
  #isHalf = false;
  /** From the window's start. */
  #secondBeganNs = 0;
  #halves: readonly [SparseCounts, SparseCounts] = [[], []];
  #cancelled = false;
  #finish: (span: RunSpan) => void = () => undefined;

  /** @param startAtNs when the warm-up begins */
  constructor(parts: LoadRunParts, startAtNs: Nanoseconds) {
    const { plan } = parts;
    this.#parts = parts;
    this.#startAt = startAtNs;
    this.#opensAt = ns(startAtNs + plan.warmupNs);
    this.#closesAt = ns(this.#opensAt + plan.windowNs);
  }

  /** Resolves when the drain is over. */
  async toEnd(): Promise<RunSpan> {
    const { pacer, source } = this.#parts;
    const span = await new Promise<RunSpan>((resolve) => {
      this.#finish = resolve;
      pacer.start(this.#turn, source);
    });
    pacer.stop();
    return span;
  }

  get isMeasuring(): boolean {
    return this.#phase === "window" || this.#phase === "drain";
  }

  /** Ends the open window now; a drain goes on. */
  cancel(at: Nanoseconds): void {
    if (this.#phase !== "window") return;
    this.#cancelled = true;
    this.#closesAt = at;
    this.#turn(at);
  }

  readonly #turn = (at: Nanoseconds): number => {
    const { source } = this.#parts;
    if (at < this.#startAt) return this.#startAt;
    if (this.#phase === "ahead") this.#begin(at);
    if (this.#phase === "warm-up") this.#approachWindow(at);
    const due = source.sendDue(at);
    if (this.#phase === "window") this.#watchWindow(at);
    if (at >= this.#nextTick) this.#tick(at);
    if (this.#phase === "drain" && this.#isDrained(at)) return this.#end();
    return Math.min(due, this.#nextWanted());
  };

  #begin(at: Nanoseconds): void {
    this.#phase = "warm-up";
    this.#startedLate = ns(at - this.#startAt);
    this.#parts.source.begin(this.#startAt);
  }

  #approachWindow(at: Nanoseconds): void {
    const { plan, source, events } = this.#parts;
    if (!this.#openingWasRead && at >= this.#opensAt - READ_AHEAD) {
      this.#openingWasRead = true;
      events.windowOpens(at);
    }
    if (at < this.#opensAt) return;
    this.#phase = "window";
    source.enterWindow();
    // A closed loop knows no intended times: its window is when it is open. An open loop's is where it was meant to be.
    if (plan.loop.kind === "open") return;
    this.#opensAt = at;
    this.#closesAt = ns(at + plan.windowNs);
  }

  #watchWindow(at: Nanoseconds): void {
    const { plan, source, recorder, events } = this.#parts;
    const elapsed = at - this.#opensAt;
    if (!this.#isHalf && elapsed >= plan.windowNs / 2) {
      this.#isHalf = true;
      recorder.intervals.markHalf();
    }
    while (recorder.intervals.nextCutNs <= elapsed && recorder.intervals.nextCutNs < plan.windowNs) {
      events.interval(recorder.intervals.cut(recorder.intervals.nextCutNs, source.inFlight));
    }
    if (at >= this.#closesAt || source.exhausted) return this.#closeWindow(at);
    if (recorder.intervals.lastCutNs - this.#secondBeganNs < SECOND) return;
    this.#secondBeganNs = recorder.intervals.lastCutNs;
    events.secondEnds(at);
  }

  #closeWindow(at: Nanoseconds): void {
    const { plan, source, recorder, events } = this.#parts;
    this.#phase = "drain";
    this.#closesAt = plan.loop.kind === "open" ? ns(Math.min(at, this.#closesAt)) : at;
    this.#readBy = ns(at + READ_WITHIN);
    this.#drainUntil = ns(at + plan.drainNs);
    source.stop();
    const length = this.#closesAt - this.#opensAt;
    if (length > recorder.intervals.lastCutNs) events.interval(recorder.intervals.cut(length, source.inFlight));
    this.#halves = recorder.intervals.halves();
  }

  #isDrained(at: Nanoseconds): boolean {
    const { source, events } = this.#parts;
    const isDrained = source.inFlight === 0 || at >= this.#drainUntil;
    if (!this.#closingWasRead && (isDrained || at >= this.#readBy)) {
      this.#closingWasRead = true;
      events.windowClosed(at);
    }
    return isDrained;
  }

  #tick(at: Nanoseconds): void {
    this.#nextTick = ns(at + TICK);
    this.#parts.source.expire(at);
  }

  #nextWanted(): number {
    if (this.#phase === "drain") return Math.min(this.#nextTick, this.#drainUntil);
    const edge = this.#phase === "warm-up" ? this.#nextEdgeOfWarmup() : this.#nextEdgeOfWindow();
    return Math.min(edge, this.#wantedTick());
  }

  #wantedTick(): number {
    const { plan, source } = this.#parts;
    if (plan.totalCalls !== null) return this.#nextTick;
    return plan.timeoutNs !== null && source.inFlight > 0 ? this.#nextTick + UNHURRIED : Infinity;
  }

  #nextEdgeOfWarmup(): number {
    return this.#openingWasRead ? this.#opensAt : this.#opensAt - READ_AHEAD;
  }

  #nextEdgeOfWindow(): number {
    const { plan, recorder } = this.#parts;
    const half = this.#isHalf ? Infinity : plan.windowNs / 2;
    return Math.min(this.#closesAt, this.#opensAt + Math.min(half, recorder.intervals.nextCutNs));
  }

  #end(): number {
    this.#finish({
      startedAtNs: this.#opensAt,
      durationNs: ns(this.#closesAt - this.#opensAt),
      startedLateNs: this.#startedLate,
      inFlightAtEnd: this.#parts.source.windowInFlight,
      halves: this.#halves,
      cancelled: this.#cancelled,
    });
    return Infinity;
  }
}
