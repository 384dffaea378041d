/**
 * The connections of one caller: calls go over them in turn, and what finds no stream waits here.
 *
 * A connection that is lost, or that its peer drains (GOAWAY), is replaced while its last calls still end on it. Nothing
 * is ever sent twice: calls that were lost with their connection have failed.
 */
import type { ConnectionLog } from "./connection-log.js";
import { Fault } from "./fault.js";
import type { Outside } from "./outside.js";
import type { CallListener, Connection, Target, Transport } from "./transport.js";
import { ms, type Nanoseconds } from "./units.js";
import { WaitingCalls } from "./waiting-calls.js";

/** Who drives the calls. */
export interface CallEvents {
  onSent(tag: number, at: Nanoseconds): void;
  onEnded(line: Line, tag: number, status: number, at: Nanoseconds): void;
  /** A stream may be free again. */
  onRoom(lane: Lane): void;
}

export interface LaneOptions {
  readonly target: Target;
  readonly transport: Transport;
  readonly connections: number;
  /** Calls in flight per connection at most. */
  readonly streams: number;
  readonly log: ConnectionLog;
  readonly events: CallEvents;
  /** For people: why a connection was lost, or could not be had again. */
  readonly note: (text: string) => void;
  readonly outside: Pick<Outside, "clock" | "wait">;
}

/** A peer that refuses, or hangs up at once, is asked again after this time, as long as the load goes on. */
const RETRY_AFTER = ms(100);

/** One connection, with our count of the calls on it. */
export class Line implements CallListener {
  connection: Connection | null = null;
  inFlight = 0;
  /** Something was started and not flushed yet. */
  dirty = false;
  /** Another line takes its calls, or soon will. */
  replaced = false;
  openedAt = 0;
  /** Why its connection is gone. */
  lostBecause: string | null = null;

  constructor(
    readonly lane: Lane,
    private readonly events: CallEvents,
  ) {}

  onSent(tag: number, at: Nanoseconds): void {
    this.events.onSent(tag, at);
  }

  onEnded(tag: number, status: number, at: Nanoseconds): void {
    this.inFlight--;
    this.events.onEnded(this, tag, status, at);
  }

  onCapacity(): void {
    this.events.onRoom(this.lane);
  }

  onClosed(reason: string): void {
    this.lane.lost(this, reason);
  }
}

export class Lane {
  readonly waiting = new WaitingCalls();
  readonly #options: LaneOptions;
  readonly #lines: Line[] = [];
  /** Lines that were replaced while calls were still on their way on them. */
  readonly #draining = new Set<Line>();
  #next = 0;
  #closing = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get target(): Target {
    return this.#options.target;
  }

  /**
   * Opens every connection, one after the other, so that none is slowed down by another's handshake. Stops early, and
   * quietly, when the lane is closed meanwhile.
   * @throws Fault that names the cause
   */
  async open(onOpen: (line: Line) => Promise<void>): Promise<void> {
    while (this.#lines.length < this.#options.connections && !this.#closing) {
      const line = await this.#connect();
      this.#lines.push(line);
      if (this.#closing) return this.close();
      await onOpen(line);
    }
  }

  /** The next connection in turn that has a free stream; null when all are full, draining or lost. */
  pick(): Line | null {
    const count = this.#lines.length;
    for (let i = 0; i < count; i++) {
      const line = this.#lines[this.#next] as Line;
      this.#next = this.#next + 1 === count ? 0 : this.#next + 1;
      if (line.inFlight < this.#options.streams && line.connection !== null) {
        if (line.connection.freeStreams > 0) return line;
        if (!line.replaced && line.connection.counters.goaways > 0) this.#replace(line, "the peer sent GOAWAY");
      }
    }
    return null;
  }

  /** Ends the calls whose deadline is over. */
  expire(at: Nanoseconds): void {
    for (const line of this.#lines) line.connection?.expire(at);
    for (const line of this.#draining) line.connection?.expire(at);
  }

  /** A line's connection is gone. */
  lost(line: Line, reason: string): void {
    line.lostBecause = reason;
    // Lost in the very moment it was opened: whoever waits for it will see.
    if (line.connection === null) return;
    this.#options.log.closed(line.connection);
    line.connection = null;
    this.#draining.delete(line);
    if (!this.#closing && !line.replaced) this.#replace(line, reason);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#lines, ...this.#draining];
    await Promise.all(all.map(async (line) => line.connection?.close()));
  }

  async #connect(): Promise<Line> {
    const { target, transport, events, log, outside } = this.#options;
    const line = new Line(this, events);
    const connection = await transport.connect(target, line);
    log.opened(connection);
    if (line.lostBecause !== null) {
      log.closed(connection);
      throw new Fault({ fact: `${target.host}:${target.port} hung up at once`, seen: line.lostBecause });
    }
    line.connection = connection;
    line.openedAt = outside.clock();
    return line;
  }

  #replace(line: Line, reason: string): void {
    line.replaced = true;
    if (line.connection !== null) this.#draining.add(line);
    this.#options.note(`a connection was lost: ${reason}`);
    void this.#reconnect(line);
  }

  async #reconnect(line: Line): Promise<void> {
    const { outside } = this.#options;
    if (outside.clock() - line.openedAt < RETRY_AFTER) await outside.wait(RETRY_AFTER);
    while (!this.#closing) {
      try {
        const fresh = await this.#connect();
        this.#options.log.reconnects++;
        if (this.#closing) return void (await fresh.connection?.close());
        this.#lines[this.#lines.indexOf(line)] = fresh;
        this.#options.events.onRoom(this);
        return;
      } catch (error) {
        // A peer that can't be had is counted by what it costs: calls that wait, are dropped or never leave.
        if (!(error instanceof Fault)) throw error;
        this.#options.note(`a lost connection could not be opened again: ${error.text.fact}`);
        await outside.wait(RETRY_AFTER);
      }
    }
  }
}
