/**
 * A transport without a wire: what becomes of each call is said by a script, on the clock of a VirtualWorld.
 */
import { Fault } from "../fault.js";
import { GRPC_STATUS } from "../grpc/status.js";
import type {
  CallListener,
  Connection,
  ConnectionCounters,
  ConnectionFacts,
  PreparedCall,
  Target,
  Transport,
} from "../transport.js";
import { ns, type Nanoseconds } from "../units.js";
import type { VirtualWorld } from "./virtual-world.js";

export interface ScriptedCall {
  readonly path: string;
  readonly at: number;
  /** When the caller handed it over, to be flushed later. */
  readonly startedAt: number;
  /** Counts from 0 over all connections. */
  readonly number: number;
  /** Counts from 0 in the order in which connections were opened. */
  readonly connection: number;
  readonly localAddress: string | null;
}

/** How a call ends: an instant and a status; null: never. */
export type Script = (call: ScriptedCall) => { readonly at: number; readonly status?: number } | null;

export interface ScriptedPeer {
  readonly script: Script;
  /** MAX_CONCURRENT_STREAMS. */
  readonly maxStreams?: number;
  /** Connections from this one on are refused. */
  readonly refuseFrom?: number;
  /** Refused from this instant on. */
  readonly refuseAfter?: number;
}

/** The common answer: OK after a fixed time. */
export function answersAfter(serviceNs: number): Script {
  return ({ at }) => ({ at: at + serviceNs });
}

export class ScriptedTransport implements Transport {
  readonly name = "lean";
  readonly holdsUntilFlush = true;
  readonly connections: ScriptedConnection[] = [];
  /** Every call that was sent, in order. */
  readonly calls: ScriptedCall[] = [];

  constructor(
    readonly world: VirtualWorld,
    readonly peer: ScriptedPeer,
  ) {}

  async connect(target: Target, listener: CallListener): Promise<Connection> {
    await this.world.wait(CONNECT_NS);
    const { refuseFrom = Infinity, refuseAfter = Infinity } = this.peer;
    if (this.connections.length >= refuseFrom || this.world.clock() >= refuseAfter) {
      throw new Fault({ fact: `${target.host}:${target.port} refused the connection` });
    }
    const connection = new ScriptedConnection(this, target, listener);
    this.connections.push(connection);
    return connection;
  }

  get open(): readonly ScriptedConnection[] {
    return this.connections.filter((connection) => connection.isOpen);
  }
}

const CONNECT_NS = ns(100_000);

interface Pending {
  readonly call: PreparedCall;
  readonly sentAt: number;
}

export class ScriptedConnection implements Connection {
  readonly facts: ConnectionFacts;
  isOpen = true;
  #isDraining = false;
  #counters: ConnectionCounters = { calls: 0, writes: 0, goaways: 0, protocolErrors: 0 };
  readonly #index: number;
  #queued: { readonly call: PreparedCall; readonly tag: number; readonly startedAt: number }[] = [];
  readonly #pending = new Map<number, Pending>();

  constructor(
    private readonly transport: ScriptedTransport,
    private readonly target: Target,
    private readonly listener: CallListener,
  ) {
    this.#index = transport.connections.length;
    this.facts = {
      connectNs: CONNECT_NS,
      tls: null,
      localAddress: target.localAddress ?? "127.0.0.1",
      localPort: 40_000 + this.#index,
      peerMaxConcurrentStreams: transport.peer.maxStreams ?? 1000,
    };
  }

  get freeStreams(): number {
    if (!this.isOpen || this.#isDraining) return 0;
    return this.facts.peerMaxConcurrentStreams - this.#pending.size - this.#queued.length;
  }

  get counters(): ConnectionCounters {
    return this.#counters;
  }

  start(call: PreparedCall, tag: number): void {
    if (this.freeStreams <= 0) throw new Error("a call was started without a free stream");
    this.#queued.push({ call, tag, startedAt: this.transport.world.clock() });
  }

  flush(): void {
    const queued = this.#queued;
    if (queued.length === 0 || !this.isOpen) return;
    this.#queued = [];
    const { calls, writes } = this.#counters;
    this.#counters = { ...this.#counters, calls: calls + queued.length, writes: writes + 1 };
    for (const { call, tag, startedAt } of queued) this.#send(call, tag, startedAt);
  }

  expire(at: Nanoseconds): void {
    for (const [tag, { call, sentAt }] of [...this.#pending]) {
      if (call.timeoutNs !== null && sentAt + call.timeoutNs <= at) this.#end(tag, GRPC_STATUS.DEADLINE_EXCEEDED);
    }
  }

  close(): Promise<void> {
    this.die("closed by us", GRPC_STATUS.CANCELLED);
    return Promise.resolve();
  }

  /** The peer sends GOAWAY: calls under way end as scripted, new ones are not taken. */
  drain(): void {
    this.#isDraining = true;
    this.#counters = { ...this.#counters, goaways: this.#counters.goaways + 1 };
    this.#closeWhenDrained();
  }

  /** The connection is cut. */
  die(reason: string, status: number = GRPC_STATUS.UNAVAILABLE): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const { tag } of this.#queued.splice(0)) this.listener.onEnded(tag, status, this.transport.world.clock(), 0);
    for (const tag of [...this.#pending.keys()]) this.#end(tag, status);
    this.listener.onClosed(reason);
  }

  #send(call: PreparedCall, tag: number, startedAt: number): void {
    const { world, calls, peer } = this.transport;
    const { localAddress } = this.target;
    const at = world.clock();
    const sent = { path: call.path, at, startedAt, number: calls.length, connection: this.#index, localAddress };
    calls.push(sent);
    const pending = { call, sentAt: at };
    this.#pending.set(tag, pending);
    this.listener.onSent(tag, at);
    const end = peer.script(sent);
    if (end === null) return;
    world.at(end.at, () => {
      if (this.#pending.get(tag) === pending) this.#end(tag, end.status ?? GRPC_STATUS.OK);
    });
  }

  #end(tag: number, status: number): void {
    this.#pending.delete(tag);
    this.listener.onEnded(tag, status, this.transport.world.clock(), 0);
    if (!this.isOpen) return;
    this.listener.onCapacity();
    this.#closeWhenDrained();
  }

  #closeWhenDrained(): void {
    if (!this.#isDraining || this.#pending.size > 0 || !this.isOpen) return;
    this.isOpen = false;
    this.listener.onClosed("drained after GOAWAY");
  }
}
