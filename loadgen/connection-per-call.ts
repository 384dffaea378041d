/**
 * A closed loop that opens a new connection for each call: what a caller without a pool feels. The series `call` is
 * connect, handshake and service together; service is booked as everywhere.
 *
 * One call costs a connection's worth of objects anyway, so this loop may use promises.
 */
import type { CallMix } from "./call-mix.js";
import type { ConnectionLog } from "./connection-log.js";
import { Fault } from "./fault.js";
import type { LoadSource } from "./load-source.js";
import type { Outside } from "./outside.js";
import type { PayloadPool } from "./payload-pool.js";
import { awaitPriming } from "./priming.js";
import type { Recorder } from "./recorder.js";
import type { CallListener, Connection, Target, Transport } from "./transport.js";
import { ms, type Nanoseconds } from "./units.js";

export interface ConnectionPerCallParts {
  readonly inFlight: number;
  /** Calls to make in the window at most. */
  readonly total: number;
  readonly mix: CallMix;
  /** By index into the plan's mix. */
  readonly targets: readonly Target[];
  readonly pools: readonly PayloadPool[];
  readonly transport: Transport;
  readonly recorder: Recorder;
  readonly log: ConnectionLog;
  readonly outside: Outside;
  readonly primeSettleNs: Nanoseconds;
  readonly note: (text: string) => void;
}

/** A peer that refuses is asked again after this time, as long as the load goes on. */
const RETRY_AFTER = ms(10);

interface OneCall {
  readonly share: number;
  readonly inWindow: boolean;
  readonly startedAt: Nanoseconds;
  sentAt: number;
  connection: Connection | null;
}

export class ConnectionPerCallSource implements LoadSource {
  exhausted = false;
  worked = false;
  readonly #parts: ConnectionPerCallParts;
  readonly #calls = new Set<OneCall>();
  #inWindow = false;
  #stopped = false;
  #closed = false;

  constructor(parts: ConnectionPerCallParts) {
    this.#parts = parts;
  }

  /** The road of each caller is primed with one call on a connection of its own. */
  async prepare(): Promise<void> {
    const { targets, outside, primeSettleNs } = this.#parts;
    for (const target of new Set(targets)) {
      const call = this.#newCall(targets.indexOf(target));
      const primed = this.#carryOut(call);
      await awaitPriming(primed, (at) => call.connection?.expire(at), target, outside);
      if (primeSettleNs > 0) await outside.wait(primeSettleNs);
    }
  }

  begin(): void {
    for (let i = 0; i < this.#parts.inFlight; i++) void this.#callAgainAndAgain();
  }

  sendDue(): number {
    return Infinity;
  }

  enterWindow(): void {
    this.#inWindow = true;
  }

  stop(): void {
    this.#stopped = true;
  }

  get inFlight(): number {
    return this.#calls.size;
  }

  get windowInFlight(): number {
    return [...this.#calls].filter((call) => call.inWindow && call.connection !== null).length;
  }

  inFlightBetween(_from: number, to: number): number {
    return [...this.#calls].filter((call) => call.inWindow && call.startedAt <= to).length;
  }

  expire(at: Nanoseconds): void {
    for (const call of this.#calls) call.connection?.expire(at);
  }

  /** Connections that are only being opened now will be closed when they are there; nobody waits for them. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const all = [...this.#calls];
    this.#parts.recorder.unsent += all.filter((call) => call.inWindow && call.connection === null).length;
    await Promise.all(all.map(async (call) => call.connection?.close()));
  }

  async #callAgainAndAgain(): Promise<void> {
    const { recorder, mix, total, note, outside } = this.#parts;
    while (!this.#stopped && !this.exhausted) {
      if (this.#inWindow && ++recorder.scheduled >= total) this.exhausted = true;
      const call = this.#newCall(mix.pick());
      try {
        await this.#carryOut(call);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (this.#closed) return;
        if (call.inWindow) recorder.unsent++;
        note(`a connection could not be opened: ${error.text.fact}`);
        await outside.wait(RETRY_AFTER);
      }
    }
  }

  #newCall(share: number): OneCall {
    return { share, inWindow: this.#inWindow, startedAt: this.#parts.outside.clock(), sentAt: 0, connection: null };
  }

  /** @throws Fault when there is no connection */
  async #carryOut(call: OneCall): Promise<void> {
    this.#calls.add(call);
    try {
      const end = withResolver<CallEnd>();
      if (!(await this.#connect(call, end.resolve))) return;
      const { status, at } = await end.promise;
      this.worked = true;
      if (this.#closed) return;
      this.#book(call, status, at);
    } finally {
      this.#calls.delete(call);
    }
    await this.#disconnect(call);
  }

  /** False when we were closed meanwhile. */
  async #connect(call: OneCall, ended: (end: CallEnd) => void): Promise<boolean> {
    const { transport, targets, pools, log, recorder } = this.#parts;
    const target = targets[call.share] as Target;
    const connection = await transport.connect(target, listenerOf(call, ended));
    if (this.#closed) {
      await connection.close();
      return false;
    }
    log.opened(connection, call.inWindow);
    call.connection = connection;
    recorder.started(call.share, call.inWindow);
    connection.start((pools[call.share] as PayloadPool).next(), 0);
    connection.flush();
    return true;
  }

  async #disconnect({ connection }: OneCall): Promise<void> {
    if (connection === null) return;
    this.#parts.log.closed(connection);
    await connection.close();
  }

  #book({ share, inWindow, sentAt, startedAt }: OneCall, status: number, at: Nanoseconds): void {
    const { recorder } = this.#parts;
    recorder.totalEnded++;
    if (!inWindow) return;
    recorder.ended(share, status, sentAt === 0 ? null : at - sentAt, 0);
    if (status === 0) recorder.wholeCall(share, at - startedAt);
  }
}

interface CallEnd {
  readonly status: number;
  readonly at: Nanoseconds;
}

function listenerOf(call: OneCall, ended: (end: CallEnd) => void): CallListener {
  return {
    onSent: (_tag, at) => (call.sentAt = at),
    onEnded: (_tag, status, at) => ended({ status, at }),
    onCapacity: () => undefined,
    onClosed: () => undefined,
  };
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolver<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
