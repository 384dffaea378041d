/**
 * The one interface between the load path and the wire. Two implementations: `lean` (ours, built to cost less than what
 * it measures) and `grpc-js` (the reference: what a Node application sees).
 *
 * A caller hands over prepared calls with a `tag` (a small integer of its own, the slot of the call) and learns of the
 * end through one listener: no promise, closure or object is made per call. The lean transport sends nothing before
 * `flush()`, so that all calls due at one instant share one write.
 *
 *   start(call, tag) … flush() ─► onSent(tag, at) … onEnded(tag, status, at)
 */
import type { Nanoseconds } from "./units.js";

export type TransportName = "lean" | "grpc-js";

export interface Transport {
  readonly name: TransportName;
  /** A call that was started leaves at `flush()` and no earlier; grpc-js hands it on at once. */
  readonly holdsUntilFlush: boolean;
  /**
   * Opens one connection and resolves when it can carry calls (TCP, TLS and HTTP/2 settings exchanged).
   * Rejects with a Fault that names the cause: refused, reset, timed out, not HTTP/2, certificate.
   */
  connect(target: Target, listener: CallListener): Promise<Connection>;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  /** The client's own address: tells the two caller identities apart. Null: the system chooses. */
  readonly localAddress: string | null;
  /** `:authority` of each request. */
  readonly authority: string;
  readonly tls: TlsTarget | null;
  readonly connectTimeoutNs: Nanoseconds;
  /** Literal header fields only, never the dynamic table (lean transport; see docs). Default false. */
  readonly literalHeaders: boolean;
}

export interface TlsTarget {
  /** PEM texts, not paths: only the process that was given them reads files. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly servername: string;
  /** Accept a peer that negotiates no ALPN (as Cilium's Envoy does). A peer that negotiates http/1.1 never is. */
  readonly allowMissingAlpn: boolean;
}

/** A call made ready before the trial: nothing of it is encoded in the measured path. */
export interface PreparedCall {
  /** `/package.Service/Method` */
  readonly path: string;
  /** The protobuf message, without the gRPC prefix of 5 bytes. */
  readonly message: Buffer;
  /** Sent as `grpc-timeout` and kept as a local deadline. Null: no deadline. */
  readonly timeoutNs: Nanoseconds | null;
  /** Additional request metadata, lower-case names. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

/** What a connection tells of its calls. Instants are `now()` of clock.ts: CLOCK_MONOTONIC in ns. */
export interface CallListener {
  /**
   * The last byte of the request was handed to the socket. Called once per call, before its end unless it failed.
   * `at` is read just before the write that carries the byte, not after: on loopback and veth the write itself runs
   * the packet through the road (policy programs included) up to the peer's socket, 20 µs or more that belong to
   * service, not to lateness.
   */
  onSent(tag: number, at: Nanoseconds): void;
  /** The call has ended: gRPC status number, and the size of the answer's message in bytes. */
  onEnded(tag: number, status: number, at: Nanoseconds, messageBytes: number): void;
  /** More streams may be open than before (settings, an ended call): waiting calls can go. */
  onCapacity(): void;
  /** The connection is gone; all of its calls have ended with UNAVAILABLE already. Reason is for people. */
  onClosed(reason: string): void;
  /** The message of an answer, when somebody wants to see it. Absent in the load path: nothing is copied then. */
  readonly onMessage?: (tag: number, message: Buffer) => void;
  /** Details of a failed call (grpc-message, protocol error …), for people. */
  readonly onFailure?: (tag: number, status: number, detail: string) => void;
}

export interface Connection {
  readonly facts: ConnectionFacts;
  /** How many calls may be started now under the peer's limit; 0 while the connection drains or is closed. */
  readonly freeStreams: number;
  readonly counters: ConnectionCounters;
  /** Queues one call. Only legal while freeStreams > 0. */
  start(call: PreparedCall, tag: number): void;
  /** Hands everything queued to the socket, in as few writes as can be. */
  flush(): void;
  /** Calls past their deadline end with DEADLINE_EXCEEDED. The load loop calls it about every millisecond. */
  expire(at: Nanoseconds): void;
  /** Ends at once: calls in flight end with CANCELLED. Resolves when the socket is closed. */
  close(): Promise<void>;
}

export interface ConnectionFacts {
  readonly connectNs: Nanoseconds;
  readonly tls: TlsFacts | null;
  readonly localAddress: string;
  readonly localPort: number;
  readonly peerMaxConcurrentStreams: number;
}

export interface TlsFacts {
  readonly handshakeNs: Nanoseconds;
  readonly version: string;
  readonly cipher: string;
  readonly resumed: boolean;
  /** What the peer negotiated; null when it negotiated nothing. */
  readonly alpn: string | null;
}

/** Counted from the start of the connection. */
export interface ConnectionCounters {
  readonly calls: number;
  readonly writes: number;
  readonly goaways: number;
  readonly protocolErrors: number;
}
