/**
 * Counts what arrives at one local address: path proof reads it (calls by method, connections, handshakes).
 */
import { UNKNOWN_METHOD, type ListenerCounters, type UnaryService } from "./unary-service.js";

/** The counter of one method at one address: held by whoever counts, so that counting is one addition. */
export interface CallCounter {
  count: number;
}

export class ListenerTally {
  connections = 0;
  handshakes = 0;
  private readonly calls: ReadonlyMap<string, CallCounter>;

  constructor(service: UnaryService) {
    const names = [...service.methods.values()].map(({ name }) => name);
    this.calls = new Map([...names, UNKNOWN_METHOD].map((name) => [name, { count: 0 }]));
  }

  /** Of a method that is served, or UNKNOWN_METHOD. */
  counterOf(method: string): CallCounter {
    const counter = this.calls.get(method);
    if (counter === undefined) throw new Error(`the method ${method} is not counted here`);
    return counter;
  }

  counters(): ListenerCounters {
    const { connections, handshakes } = this;
    const calls = Object.fromEntries([...this.calls].map(([name, { count }]) => [name, count]));
    return { calls, connections, handshakes };
  }
}
