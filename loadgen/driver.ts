/**
 * Puts calls on connections and books how they end; when calls are made is decided elsewhere (load-run.ts).
 *
 * Hot path: numbers in typed arrays, no promise, no closure, no object per call. Calls that are made at one instant
 * share one write per connection: whatever is started marks its line dirty and is flushed once.
 *
 * Easy to get wrong: response counts from the intended instant, however long the call then had to wait for a stream.
 * That wait is booked as blocked, not as lateness: lateness is what *we* did wrong, and a peer that has no stream left
 * is no fault of ours. So response = lateness + blocked + service.
 */
import { CallSlots } from "./call-slots.js";
import type { CallEvents, Lane, Line } from "./lane.js";
import type { PayloadPool } from "./payload-pool.js";
import type { Recorder } from "./recorder.js";
import type { Nanoseconds } from "./units.js";

export interface DriverOptions {
  readonly recorder: Recorder;
  readonly open: boolean;
  /** Calls that find no stream wait, or are dropped and counted as unsent. */
  readonly overflow: "queue" | "drop";
  /** By index into the plan's mix. */
  readonly pools: readonly PayloadPool[];
  readonly clock: () => Nanoseconds;
  /** Runs a function when what goes on now is over, before anything is waited for: process.nextTick. */
  readonly defer: (work: () => void) => void;
}

const START_SLOTS = 256;

export class LoadDriver implements CallEvents {
  /** Calls on their way, of any phase. */
  inFlight = 0;
  /** Something was done since somebody last set it to false: tells turns of the loop that worked from idle ones. */
  worked = false;
  /** Told of each end: how a closed loop asks for its next call. */
  onEnd: ((at: Nanoseconds) => void) | null = null;

  readonly #options: DriverOptions;
  readonly #recorder: Recorder;
  readonly #slots = new CallSlots(START_SLOTS);
  /** By index into the plan's mix; two methods of one caller share a lane. */
  #lanes: readonly Lane[] = [];
  readonly #dirty: Line[] = [];
  #flushDeferred = false;
  #primed: (() => void) | null = null;
  #closed = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#recorder = options.recorder;
  }

  /** @param lanes by index into the plan's mix; they can only be made with a driver that listens to them */
  useLanes(lanes: readonly Lane[]): void {
    this.#lanes = lanes;
  }

  /**
   * Makes a call, or lets it wait for a stream.
   * @param intended the instant from which its response counts
   */
  request(share: number, intended: number, at: number, inWindow: boolean): void {
    const lane = this.#lanes[share] as Lane;
    const line = lane.waiting.length === 0 ? lane.pick() : null;
    if (line !== null) this.#start(line, share, intended, 0, inWindow);
    else if (this.#options.overflow === "queue") lane.waiting.push(intended, at, share, inWindow);
    else if (inWindow) this.#recorder.unsent++;
  }

  /** Hands everything that was started to the sockets. */
  flush(): void {
    for (const line of this.#dirty) {
      line.dirty = false;
      line.connection?.flush();
    }
    this.#dirty.length = 0;
  }

  /** Calls that wait for a stream, of all lanes. */
  get waiting(): number {
    return [...new Set(this.#lanes)].reduce((sum, lane) => sum + lane.waiting.length, 0);
  }

  /** Those that wait will never be sent. */
  giveUpWaiting(): void {
    for (const { waiting } of this.#lanes) {
      for (; waiting.length > 0; waiting.shift()) if (waiting.inWindow) this.#recorder.unsent++;
    }
  }

  /** Calls of the window that are on their way. */
  get windowInFlight(): number {
    return this.#slots.countInWindow();
  }

  /** Calls of the window that were on their way at some instant from `from` to `to`, which must be recent. */
  inFlightBetween(from: number, to: number): number {
    return this.#slots.countBetween(from, to);
  }

  /** Whatever ends from now on, ends because we close. */
  close(): void {
    this.#closed = true;
  }

  /** One call that enters no number, on this line; resolves when it has ended, however. */
  prime(line: Line, at: number): Promise<void> {
    return new Promise((resolve) => {
      this.#primed = resolve;
      this.#start(line, this.#lanes.indexOf(line.lane), at, 0, false);
      this.flush();
    });
  }

  onSent(tag: number, at: Nanoseconds): void {
    this.worked = true;
    const slots = this.#slots;
    slots.sent[tag] = at;
    if (this.#options.open && slots.inWindow[tag] === 1) {
      const lateness = at - (slots.intended[tag] as number) - (slots.blocked[tag] as number);
      this.#recorder.left(slots.share[tag] as number, lateness, at);
    }
  }

  onEnded(line: Line, tag: number, status: number, at: Nanoseconds): void {
    if (this.#closed) return;
    this.worked = true;
    this.inFlight--;
    this.#recorder.totalEnded++;
    const slots = this.#slots;
    if (slots.inWindow[tag] === 1) {
      const sent = slots.sent[tag] as number;
      const response = at - (slots.intended[tag] as number);
      this.#recorder.ended(slots.share[tag] as number, status, sent === 0 ? null : at - sent, response);
    }
    slots.release(tag, at);
    if (this.#primed !== null) this.#endPriming();
    else this.#goOn(line.lane, at);
  }

  onRoom(lane: Lane): void {
    if (this.#closed || lane.waiting.length === 0) return;
    this.#startWaiting(lane, this.#options.clock());
    this.#flushSoon();
  }

  #goOn(lane: Lane, at: Nanoseconds): void {
    if (lane.waiting.length > 0) this.#startWaiting(lane, at);
    if (this.onEnd !== null) this.onEnd(at);
    this.#flushSoon();
  }

  /** Answers that are read together ask for calls that shall be written together. */
  #flushSoon(): void {
    if (this.#dirty.length === 0 || this.#flushDeferred) return;
    this.#flushDeferred = true;
    this.#options.defer(this.#flushLater);
  }

  readonly #flushLater = (): void => {
    this.#flushDeferred = false;
    this.flush();
  };

  #startWaiting(lane: Lane, at: number): void {
    const { waiting } = lane;
    while (waiting.length > 0) {
      const line = lane.pick();
      if (line === null) break;
      const blocked = Math.max(0, at - waiting.since);
      if (waiting.inWindow) this.#recorder.blocked(blocked);
      this.#start(line, waiting.share, waiting.intended, blocked, waiting.inWindow);
      waiting.shift();
    }
  }

  #start(line: Line, share: number, intended: number, blocked: number, inWindow: boolean): void {
    this.worked = true;
    const slots = this.#slots;
    const tag = slots.take();
    slots.intended[tag] = intended;
    slots.blocked[tag] = blocked;
    slots.share[tag] = share;
    slots.inWindow[tag] = inWindow ? 1 : 0;
    this.inFlight++;
    line.inFlight++;
    this.#recorder.started(share, inWindow);
    if (!line.dirty) {
      line.dirty = true;
      this.#dirty.push(line);
    }
    line.connection?.start((this.#options.pools[share] as PayloadPool).next(), tag);
  }

  #endPriming(): void {
    const primed = this.#primed;
    this.#primed = null;
    primed?.();
  }
}
