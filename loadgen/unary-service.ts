/**
 * What a server of unary calls is made of, whichever transport carries it: a service answers bytes with bytes, a server
 * listens, counts and drains. Knows neither HTTP/2 nor the payments messages.
 *
 * The common answer is given at once, from bytes made before: no promise, closure or message object per call. A method
 * that needs time defers, and only then is anything allocated.
 */
import type { Nanoseconds } from "./units.js";

export interface UnaryService {
  /** By `:path`, `/package.Service/Method`. Any other path is UNIMPLEMENTED. */
  readonly methods: ReadonlyMap<string, UnaryMethod>;
}

export interface UnaryMethod {
  /** The bare method name: calls are counted under it. */
  readonly name: string;
  /**
   * Answers the protobuf message `request[start … end)`, whose bytes are valid until this returns.
   * @returns the outcome, whose message does not change any more, since it may have to wait for the peer's window; or
   *   null when `call.defer()` was called and the outcome comes later.
   */
  handle(request: Buffer, start: number, end: number, call: UnaryCall): Outcome | null;
}

export interface UnaryCall {
  /** Promises a later outcome. Completing a call whose caller has gone does nothing. */
  defer(): (outcome: Outcome) => void;
}

export type Outcome = Answer | Breakage;

export interface Answer {
  readonly kind: "answer";
  /** gRPC status number. The message is sent only with OK. */
  readonly status: number;
  /** `grpc-message`, empty for none. */
  readonly detail: string;
  readonly message: Buffer;
}

/** What a healthy server never does: for tests of clients and proxies. */
export type Breakage =
  /** RST_STREAM with this HTTP/2 error code. */
  | { readonly kind: "reset"; readonly code: number }
  /** Bytes that are no frame, then the connection is closed. */
  | { readonly kind: "garbage" }
  /** The connection is destroyed without a word. */
  | { readonly kind: "disconnect" }
  /** No answer, ever. */
  | { readonly kind: "silence" };

const NOTHING = Buffer.alloc(0);

export function okAnswer(message: Buffer): Answer {
  return { kind: "answer", status: 0, detail: "", message };
}

export function errorAnswer(status: number, detail: string): Answer {
  return { kind: "answer", status, detail, message: NOTHING };
}

export interface ListenAddress {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly tls: ServerTls | null;
}

export interface ServerTls {
  /** PEM texts. */
  readonly cert: string;
  readonly key: string;
  /** Where there is one, clients must present a certificate that it signed. */
  readonly ca: string | null;
}

/** Counted since the start of the process, per local address of the accepted sockets: one number per road. */
export interface ListenerCounters {
  /** Complete requests by method name; refused and unknown ones count under `(unknown)`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly connections: number;
  /** Completed TLS handshakes. */
  readonly handshakes: number;
}

export interface UnaryServer {
  /**
   * @returns where it listens in fact, as `host:port`
   * @throws Fault when the address cannot be had or the certificate cannot be used
   */
  listen(address: ListenAddress): Promise<string>;
  /** Keyed by `host:port` of the side of the socket that is ours, also for a server that listens on 0.0.0.0. */
  counters(): Readonly<Record<string, ListenerCounters>>;
  /** Takes no new connection or call, finishes what is under way, closes; after `graceNs` it closes all the same. */
  drain(graceNs: Nanoseconds): Promise<void>;
}

/** The name under which calls of paths that are not served are counted. */
export const UNKNOWN_METHOD = "(unknown)";
