/**
 * A closed loop that opens a new connection for each call: what a caller without a pool feels. The series `call` is
 * connect, handshake and service together; service is booked as everywhere.
 *
 * One call costs a connection's worth of objects anyway, so this loop may use promises.
 */
import type { CallPicker } from "./call-mix.js";
import type { ConnectionLog } from "./connection-log.js";
import { Fault } from "./fault.js";
import type { LoadSource } from "./load-source.js";
import type { Outside } from "./outside.js";
import type { PayloadPool } from "./payload-pool.js";
import { awaitPriming, takesNoCall } from "./priming.js";
import { QuietMoments } from "./quiet-moments.js";
import type { Recorder } from "./recorder.js";
import type { CallListener, Connection, Target, Transport } from "./transport.js";
import { ms, type Nanoseconds } from "./units.js";

export interface ConnectionPerCallParts {
  readonly inFlight: number;
  /** Calls to make in the window at most. */
  readonly total: number;
  readonly mix: CallPicker;
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
  done: () => void;
}

export class ConnectionPerCallSource implements LoadSource {
  exhausted = false;
  worked = false;
  readonly #parts: ConnectionPerCallParts;
  readonly #calls = new Set<OneCall>();
  readonly #quietMoments = new QuietMoments();
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
      if (this.#calls.size === 0) this.#quietMoments.use(outside.clock(), Infinity);
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
    const startedAt = this.#parts.outside.clock();
    return { share, inWindow: this.#inWindow, startedAt, sentAt: 0, connection: null, done: () => undefined };
  }

  /** @throws Fault when there is no connection, or none that takes a call */
  async #carryOut(call: OneCall): Promise<void> {
    const ended = new Promise<void>((resolve) => (call.done = resolve));
    this.#calls.add(call);
    try {
      await this.#connect(call);
    } catch (error) {
      this.#calls.delete(call);
      throw error;
    }
    const { connection } = call;
    if (connection === null) return;
    await ended;
    this.#parts.log.closed(connection);
    await connection.close();
  }

  /** The call gets no connection when we were closed meanwhile. */
  async #connect(call: OneCall): Promise<void> {
    const { transport, targets, pools, log, recorder } = this.#parts;
    const target = targets[call.share] as Target;
    const connection = await transport.connect(target, this.#listenerOf(call));
    if (this.#closed) return connection.close();
    log.opened(connection, call.inWindow);
    if (connection.freeStreams === 0) {
      await connection.close();
      log.closed(connection);
      throw takesNoCall(target);
    }
    call.connection = connection;
    recorder.started(call.share, call.inWindow);
    connection.start((pools[call.share] as PayloadPool).next(), 0);
    connection.flush();
  }

  #listenerOf(call: OneCall): CallListener {
    return {
      onSent: (_tag, at) => (call.sentAt = at),
      onEnded: (_tag, status, at) => this.#onEnded(call, status, at),
      onCapacity: () => undefined,
      onClosed: () => undefined,
    };
  }

  #onEnded(call: OneCall, status: number, at: Nanoseconds): void {
    this.worked = true;
    // What ends because we close was in flight at the end, and is booked as that.
    if (!this.#closed && this.#calls.delete(call)) this.#book(call, status, at);
    call.done();
  }

  #book({ share, inWindow, sentAt, startedAt }: OneCall, status: number, at: Nanoseconds): void {
    const { recorder } = this.#parts;
    recorder.totalEnded++;
    if (!inWindow) return;
    recorder.ended(share, status, sentAt === 0 ? null : at - sentAt, 0);
    if (status === 0) recorder.wholeCall(share, at - startedAt);
  }
}
