/**
 * The reference transport: grpc-js, set up to be as quiet as it can be (no retries, no service config, no proxy, one
 * connection per channel), so that what remains is what a Node application pays for a call.
 *
 * What it cannot do, and what that means:
 * - `onSent` is the instant at which the call is handed to grpc-js. The library writes some microtasks later and does
 *   not tell when, so *service* contains its own work, as an application feels it.
 * - It neither honours nor shows the peer's MAX_CONCURRENT_STREAMS: calls beyond it wait silently inside node:http2.
 *   Keep `--streams` at or below the peer's limit.
 * - Writes and protocol errors cannot be counted from outside: those counters stay 0. A GOAWAY is told from a lost
 *   socket by the socket: it still stands.
 * - HPACK is nghttp2's; `literalHeaders` has no effect.
 * - Deadlines are kept by a timer per call inside grpc-js, in whole milliseconds; `expire` has nothing to do.
 *
 * How its channel comes to stand: grpc-js-channel.ts.
 */
import {
  Metadata,
  connectivityState,
  status,
  type CallOptions,
  type Client,
  type ClientUnaryCall,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Socket } from "node:net";
import { now } from "./clock.js";
import { identity, openChannel, UNKNOWN_LIMIT, type StandingChannel } from "./grpc-js-channel.js";
import type {
  CallListener,
  Connection,
  ConnectionCounters,
  ConnectionFacts,
  PreparedCall,
  Transport,
} from "./transport.js";
import type { Nanoseconds } from "./units.js";

export const grpcJsTransport: Transport = {
  name: "grpc-js",
  holdsUntilFlush: false,
  connect: async (target, listener) => {
    // makeUnaryRequest captures a stack per call, for nothing here: it is its most expensive line (grpc-node#2109).
    Error.stackTraceLimit = 0;
    return new GrpcJsConnection(await openChannel(target), listener);
  },
};

class GrpcJsConnection implements Connection {
  readonly facts: ConnectionFacts;
  readonly counters: Mutable<ConnectionCounters> = { calls: 0, writes: 0, goaways: 0, protocolErrors: 0 };
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #listener: CallListener;
  readonly #metadata = new Map<PreparedCall["metadata"], Metadata>();
  readonly #running: (ClientUnaryCall | undefined)[] = [];
  readonly #queue: { call: PreparedCall; tag: number }[] = [];
  #inFlight = 0;
  #state: "open" | "draining" | "closed" = "open";
  #onIdle: (() => void) | null = null;

  constructor({ client, socket, facts }: StandingChannel, listener: CallListener) {
    this.#client = client;
    this.#socket = socket;
    this.facts = facts;
    this.#listener = listener;
    client.getChannel().watchConnectivityState(connectivityState.READY, Infinity, () => this.#lost());
  }

  get freeStreams(): number {
    return this.#state === "open" ? UNKNOWN_LIMIT - this.#inFlight : 0;
  }

  start(call: PreparedCall, tag: number): void {
    this.#inFlight++;
    this.#queue.push({ call, tag });
  }

  flush(): void {
    for (const { call, tag } of this.#queue) this.#send(call, tag);
    this.#queue.length = 0;
  }

  expire(_at: Nanoseconds): void {
    // grpc-js keeps deadlines itself.
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    for (const { tag } of this.#queue.splice(0)) this.#finish(tag, status.CANCELLED, now(), 0);
    for (const call of this.#running) call?.cancel();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once("close", () => resolve());
    });
    this.#client.close();
    this.#socket.destroySoon();
    await closed;
  }

  #send(call: PreparedCall, tag: number): void {
    const at = now();
    this.#running[tag] = this.#client.makeUnaryRequest(
      call.path,
      identity,
      identity,
      call.message,
      this.#metadataOf(call),
      callOptions(call),
      (error, answer) => this.#ended(tag, error, answer),
    );
    this.counters.calls++;
    this.#listener.onSent(tag, at);
  }

  #ended(tag: number, error: ServiceError | null, answer: Buffer | undefined): void {
    const at = now();
    this.#running[tag] = undefined;
    if (error !== null) this.#listener.onFailure?.(tag, error.code, error.details);
    else if (answer !== undefined) this.#listener.onMessage?.(tag, answer);
    this.#finish(tag, error === null ? status.OK : error.code, at, answer?.length ?? 0);
  }

  #finish(tag: number, code: number, at: Nanoseconds, messageBytes: number): void {
    this.#inFlight--;
    this.#listener.onEnded(tag, code, at, messageBytes);
    if (this.#inFlight > 0) return;
    this.#onIdle?.();
    if (this.#state === "draining") this.#gone();
  }

  /** The channel left READY: a GOAWAY, whose calls in flight may still end well, or a lost socket. */
  #lost(): void {
    if (this.#state !== "open") return;
    this.#state = "draining";
    if (!this.#socket.destroyed) this.counters.goaways++;
    if (this.#inFlight === 0) this.#gone();
  }

  #gone(): void {
    this.#state = "closed";
    this.#client.close();
    this.#listener.onClosed("the server closed the connection or sent GOAWAY");
  }

  /** Calls share their metadata array with the pool that made them, so one object serves them all. */
  #metadataOf({ metadata }: PreparedCall): Metadata {
    const known = this.#metadata.get(metadata);
    if (known !== undefined) return known;
    const made = new Metadata();
    for (const [name, value] of metadata) made.add(name, name.endsWith("-bin") ? Buffer.from(value, "base64") : value);
    this.#metadata.set(metadata, made);
    return made;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NO_OPTIONS: CallOptions = {};

function callOptions({ timeoutNs }: PreparedCall): CallOptions {
  return timeoutNs === null ? NO_OPTIONS : { deadline: Date.now() + timeoutNs / 1e6 };
}
