/**
 * What became of the connections of one worker: how long they took to open, what they are, how often they were lost, and
 * how many calls shared a write during the window.
 */
import { LatencyHistogram } from "./histogram.js";
import type { ConnectionSummary } from "./measurement.js";
import type { Connection, ConnectionFacts } from "./transport.js";

/** A connection per call would fill the record with facts that are all alike. */
const MAX_FACTS = 64;

interface Traffic {
  readonly calls: number;
  readonly writes: number;
}

export class ConnectionLog {
  reconnects = 0;

  readonly #connect = new LatencyHistogram();
  readonly #handshake = new LatencyHistogram();
  readonly #facts: ConnectionFacts[] = [];
  readonly #live = new Set<Connection>();
  #opened = 0;
  /** Of connections that are gone. */
  #goaways = 0;
  #protocolErrors = 0;
  #gone: Traffic = NO_TRAFFIC;
  #atOpening: Traffic = NO_TRAFFIC;
  #inWindow: Traffic = NO_TRAFFIC;

  /** @param counts whether its times belong to the result: those of a warm-up's connection per call do not */
  opened(connection: Connection, counts = true): void {
    const { facts } = connection;
    this.#live.add(connection);
    this.#opened++;
    if (!counts) return;
    this.#connect.record(facts.connectNs);
    if (facts.tls !== null) this.#handshake.record(facts.tls.handshakeNs);
    if (this.#facts.length < MAX_FACTS) this.#facts.push(facts);
  }

  closed(connection: Connection): void {
    if (!this.#live.delete(connection)) return;
    const { counters } = connection;
    this.#goaways += counters.goaways;
    this.#protocolErrors += counters.protocolErrors;
    this.#gone = sumOf([this.#gone, counters]);
  }

  get facts(): readonly ConnectionFacts[] {
    return this.#facts;
  }

  windowOpened(): void {
    this.#atOpening = this.#traffic();
  }

  windowClosed(): void {
    const { calls, writes } = this.#traffic();
    this.#inWindow = { calls: calls - this.#atOpening.calls, writes: writes - this.#atOpening.writes };
  }

  summary(): ConnectionSummary {
    const live = [...this.#live].map((connection) => connection.counters);
    const { calls, writes } = this.#inWindow;
    return {
      opened: this.#opened,
      facts: this.#facts,
      connect: this.#connect.encode(),
      handshake: this.#handshake.count === 0 ? null : this.#handshake.encode(),
      reconnects: this.reconnects,
      goaways: live.reduce((sum, one) => sum + one.goaways, this.#goaways),
      protocolErrors: live.reduce((sum, one) => sum + one.protocolErrors, this.#protocolErrors),
      callsPerWrite: writes === 0 ? 0 : calls / writes,
    };
  }

  /** Gives the histograms' memory back. */
  destroy(): void {
    this.#connect.destroy();
    this.#handshake.destroy();
  }

  #traffic(): Traffic {
    return sumOf([this.#gone, ...[...this.#live].map((connection) => connection.counters)]);
  }
}

const NO_TRAFFIC: Traffic = { calls: 0, writes: 0 };

function sumOf(all: readonly Traffic[]): Traffic {
  return {
    calls: all.reduce((sum, one) => sum + one.calls, 0),
    writes: all.reduce((sum, one) => sum + one.writes, 0),
  };
}
