/**
 * One worker's part of one order: connections opened and primed, one run, its measurement. Made anew for each trial, so
 * that nothing of one trial lives on in the next.
 */
import { percentileOf } from "./coarse-histogram.js";
import { ConnectionLog } from "./connection-log.js";
import type { Interval } from "./interval-lines.js";
import { LoadRun, type RunSpan } from "./load-run.js";
import type { LoadSource } from "./load-source.js";
import { makeSource } from "./make-source.js";
import type { MeasuredPart } from "./measurement-merger.js";
import type { Measurement } from "./measurement.js";
import type { Outside } from "./outside.js";
import type { Pacer } from "./pacer.js";
import { Recorder } from "./recorder.js";
import type { Share } from "./schedule.js";
import type { ConnectionFacts, Transport } from "./transport.js";
import type { Nanoseconds } from "./units.js";
import { WindowObserver } from "./window-observer.js";
import type { LoadOrder } from "./worker-protocol.js";

export interface SessionParts {
  readonly order: LoadOrder;
  readonly share: Share;
  readonly transport: Transport;
  readonly outside: Outside;
}

export interface SessionEvents {
  windowOpened(at: Nanoseconds): void;
  interval(interval: Interval): void;
  windowClosed(at: Nanoseconds): void;
}

/** Notes are for people; a peer that dies a thousand times says enough in a few. */
const MAX_NOTES = 20;

export class LoadSession {
  readonly #parts: SessionParts;
  readonly #recorder: Recorder;
  readonly #log = new ConnectionLog();
  readonly #source: LoadSource;
  readonly #pacer: Pacer;
  readonly #observer: WindowObserver;
  readonly #notes = new Set<string>();
  #run: LoadRun | null = null;

  /** @throws Fault when the order can't be carried out as it is written */
  constructor(parts: SessionParts) {
    const { order, outside } = parts;
    this.#parts = parts;
    this.#recorder = new Recorder(order.plan);
    this.#source = makeSource({
      ...parts,
      recorder: this.#recorder,
      log: this.#log,
      note: (text) => void (this.#notes.size < MAX_NOTES && this.#notes.add(text)),
    });
    // `auto` is decided for all workers together (workers.ts); whoever drives a session alone gets the middle way.
    const idle = order.plan.idle === "auto" ? "hybrid" : order.plan.idle;
    this.#pacer = outside.pacer(idle);
    this.#observer = new WindowObserver(this.#pacer, idle, this.#log, (from, to) =>
      this.#source.inFlightBetween(from, to),
    );
  }

  /** @throws Fault that names why a target can't be measured */
  async prepare(): Promise<readonly ConnectionFacts[]> {
    await this.#source.prepare();
    return this.#log.facts;
  }

  /**
   * Warm-up, window and drain.
   * @param startAtNs when the warm-up begins
   */
  async run(startAtNs: Nanoseconds, events: SessionEvents): Promise<MeasuredPart> {
    const { order } = this.#parts;
    this.#run = new LoadRun(
      {
        plan: order.plan,
        source: this.#source,
        recorder: this.#recorder,
        pacer: this.#pacer,
        events: this.#observed(events),
      },
      startAtNs,
    );
    const span = await this.#run.toEnd();
    await this.#source.close();
    return { measurement: this.#describe(span), halves: span.halves };
  }

  /** The window is open: there is something to be reported. */
  get isMeasuring(): boolean {
    return this.#run?.isMeasuring ?? false;
  }

  /** Ends the open window early; what was measured until then is the result. */
  cancel(): void {
    this.#run?.cancel(this.#parts.outside.clock());
  }

  /** Closes what is open and gives memory back; the session is of no use afterwards. */
  async close(): Promise<void> {
    this.#pacer.stop();
    await this.#source.close();
    this.#observer[Symbol.dispose]();
    this.#recorder.destroy();
    this.#log.destroy();
  }

  #observed(events: SessionEvents): ConstructorParameters<typeof LoadRun>[0]["events"] {
    return {
      windowOpens: (at) => {
        this.#observer.windowOpens(at);
        events.windowOpened(at);
      },
      interval: (interval) => {
        this.#observer.interval(interval);
        events.interval(interval);
      },
      secondEnds: (at) => this.#observer.secondEnds(at),
      windowClosed: (at) => {
        this.#observer.windowClosed(at);
        events.windowClosed(at);
      },
    };
  }

  #describe(span: RunSpan): Measurement {
    const recorder = this.#recorder;
    if (span.cancelled) this.#notes.add(`cancelled after ${(span.durationNs / 1e9).toFixed(2)} s of the window`);
    const [first, second] = span.halves;
    return {
      startedAtNs: span.startedAtNs,
      durationNs: span.durationNs,
      books: recorder.books(span.inFlightAtEnd),
      methods: recorder.methods(),
      series: recorder.series(),
      connections: this.#log.summary(),
      // The coordinator has had each of them when it was cut, and merges them over all workers.
      intervals: [],
      health: this.#observer.health({
        gapDistance: recorder.gaps.distance(),
        halves: { firstP50Ns: percentileOf(first, 0.5), secondP50Ns: percentileOf(second, 0.5) },
        startedLateNs: span.startedLateNs,
      }),
      seconds: this.#observer.seconds(this.#parts.share.worker),
      notes: [...this.#notes],
    };
  }
}
