/**
 * The books and the histograms of one worker: what every call of the window came to.
 *
 * A call belongs to the window by its intended time (open loop) or by when it was started (closed loop); once it does,
 * it is booked wherever it ends, in the drain too. Response and service are those of calls that ended OK; every other
 * status has a series of its own, since fast refusals must not flatter a tail. Lateness is that of every call that left.
 *
 * The hot path makes no object and calls no closure: counters are typed arrays, indices are numbers.
 */
import { addFailures } from "./failure-counts.js";
import { GapDistance } from "./gap-distance.js";
import { GRPC_STATUS_NAMES, type GrpcStatusName } from "./grpc/status.js";
import { LatencyHistogram } from "./histogram.js";
import { IntervalLines } from "./interval-lines.js";
import { recordName, type CallShare, type LoadPlan } from "./load-plan.js";
import type { Books, MethodBooks, Quantity, Series } from "./measurement.js";

const STATUSES = GRPC_STATUS_NAMES.length;
const OK = 0;
const UNKNOWN = 2;

export class Recorder {
  readonly intervals: IntervalLines;
  readonly gaps = new GapDistance();
  /** Calls of the window. */
  scheduled = 0;
  unsent = 0;
  /** Priming, warm-up, window and drain together. */
  totalEnded = 0;

  readonly #open: boolean;
  readonly #methods: readonly string[];
  /** Index into the mix → index into #methods: two callers may share a method. */
  readonly #methodOf: Uint8Array;
  readonly #sent: Float64Array;
  readonly #totalSent: Float64Array;
  /** method × status. */
  readonly #ended: Float64Array;
  readonly #response: readonly LatencyHistogram[];
  readonly #service: readonly LatencyHistogram[];
  readonly #lateness: readonly LatencyHistogram[];
  readonly #call: readonly LatencyHistogram[];
  readonly #blocked = new LatencyHistogram();
  readonly #failures = new Map<number, LatencyHistogram>();

  constructor(plan: LoadPlan) {
    const { loop, mix } = plan;
    this.#open = loop.kind === "open";
    this.#methods = methodsOf(mix);
    this.#methodOf = Uint8Array.from(mix, (share) => this.#methods.indexOf(recordName(share)));
    this.#sent = new Float64Array(this.#methods.length);
    this.#totalSent = new Float64Array(this.#methods.length);
    this.#ended = new Float64Array(this.#methods.length * STATUSES);
    const perMethod = (wanted: boolean): LatencyHistogram[] =>
      wanted ? this.#methods.map(() => new LatencyHistogram()) : [];
    this.#response = perMethod(this.#open);
    this.#lateness = perMethod(this.#open);
    this.#service = perMethod(true);
    this.#call = perMethod(loop.kind === "closed" && loop.connectionPerCall);
    this.intervals = new IntervalLines(plan.intervalNs);
  }

  /** The call was handed to a connection. */
  started(share: number, inWindow: boolean): void {
    const method = this.#methodOf[share] as number;
    this.#totalSent[method] = (this.#totalSent[method] as number) + 1;
    if (!inWindow) return;
    this.#sent[method] = (this.#sent[method] as number) + 1;
    this.intervals.sent++;
  }

  /** A call of the window waited this long for a stream. */
  blocked(ns: number): void {
    this.#blocked.record(ns);
  }

  /** A call of an open loop's window left. */
  left(share: number, latenessNs: number, at: number): void {
    (this.#lateness[this.#methodOf[share] as number] as LatencyHistogram).record(latenessNs);
    this.intervals.lateness.record(latenessNs);
    this.gaps.sent(at);
  }

  /**
   * A call of the window ended.
   * @param serviceNs null when the transport never said that it left
   */
  ended(share: number, status: number, serviceNs: number | null, responseNs: number): void {
    const method = this.#methodOf[share] as number;
    const code = status < STATUSES ? status : UNKNOWN;
    const cell = method * STATUSES + code;
    this.#ended[cell] = (this.#ended[cell] as number) + 1;
    if (code !== OK) {
      this.intervals.failed++;
      if (serviceNs !== null) this.#failure(cell).record(serviceNs);
      return;
    }
    this.intervals.ok++;
    if (serviceNs === null) return;
    (this.#service[method] as LatencyHistogram).record(serviceNs);
    if (this.#open) (this.#response[method] as LatencyHistogram).record(responseNs);
    if (method === 0) this.intervals.headline.record(this.#open ? responseNs : serviceNs);
  }

  /** Connect, handshake and service of a connection that carried one call. */
  wholeCall(share: number, ns: number): void {
    this.#call[this.#methodOf[share] as number]?.record(ns);
  }

  /** @param inFlightAtEnd counted where the calls are, not computed from these books: they shall be able to disagree */
  books(inFlightAtEnd: number): Books {
    const ended = this.#methods.map((_, method) => this.#endedOf(method));
    return {
      scheduled: this.scheduled,
      sent: sumOf(this.#sent),
      unsent: this.unsent,
      ok: ended.reduce((sum, one) => sum + one.ok, 0),
      failed: addFailures(ended.map((one) => one.failed)),
      inFlightAtEnd,
      totalSent: sumOf(this.#totalSent),
      totalEnded: this.totalEnded,
    };
  }

  methods(): MethodBooks[] {
    return this.#methods.map((method, index) => ({
      method,
      sent: this.#sent[index] as number,
      ...this.#endedOf(index),
      totalSent: this.#totalSent[index] as number,
    }));
  }

  /** Every histogram that holds something. */
  series(): Series[] {
    using lateness = new LatencyHistogram();
    for (const part of this.#lateness) lateness.add(part);
    const all: [string, Quantity, LatencyHistogram | undefined][] = this.#methods.flatMap((method, index) => [
      [method, "response", this.#response[index]],
      [method, "service", this.#service[index]],
      [method, "lateness", this.#lateness[index]],
      [method, "call", this.#call[index]],
    ]);
    for (const [cell, histogram] of this.#failures) {
      all.push([this.#methods[Math.floor(cell / STATUSES)] as string, `failure:${nameOf(cell)}`, histogram]);
    }
    all.push(["all", "lateness", lateness], ["all", "blocked", this.#blocked]);
    return all.flatMap(([method, quantity, histogram]) =>
      histogram === undefined || histogram.count === 0 ? [] : [{ method, quantity, histogram: histogram.encode() }],
    );
  }

  /** Gives the histograms' memory back. */
  destroy(): void {
    const all = [this.#response, this.#service, this.#lateness, this.#call].flat();
    for (const histogram of [...all, this.#blocked, ...this.#failures.values()]) histogram.destroy();
  }

  #failure(cell: number): LatencyHistogram {
    let histogram = this.#failures.get(cell);
    if (histogram === undefined) this.#failures.set(cell, (histogram = new LatencyHistogram()));
    return histogram;
  }

  #endedOf(method: number): Pick<MethodBooks, "ok" | "failed"> {
    const failed: Partial<Record<GrpcStatusName, number>> = {};
    for (let cell = method * STATUSES + 1; cell < (method + 1) * STATUSES; cell++) {
      const count = this.#ended[cell] as number;
      if (count > 0) failed[nameOf(cell)] = count;
    }
    return { ok: this.#ended[method * STATUSES] as number, failed };
  }
}

function methodsOf(mix: readonly CallShare[]): string[] {
  return [...new Set(mix.map(recordName))];
}

function nameOf(cell: number): GrpcStatusName {
  return GRPC_STATUS_NAMES[cell % STATUSES] as GrpcStatusName;
}

function sumOf(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
