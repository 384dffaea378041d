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
 * grpc-js offers no way to bind a client to a local address or to time its handshake. Both are done here through its
 * two documented seams: a resolver of our own (`experimental.registerResolver`), whose addresses go to `net.connect` as
 * they are, and channel credentials of our own, which see the socket between TCP and HTTP/2.
 */
import {
  CallCredentials,
  ChannelCredentials,
  Client,
  Metadata,
  connectivityState,
  experimental,
  status,
  type CallOptions,
  type ChannelOptions,
  type ClientUnaryCall,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Socket } from "node:net";
import { now } from "./clock.js";
import { causeInDetails, grpcJsFault, TIME_IS_UP } from "./grpc-js-failure.js";
import { ObservedHandshake } from "./observed-handshake.js";
import type {
  CallListener,
  Connection,
  ConnectionCounters,
  ConnectionFacts,
  PreparedCall,
  Target,
  Transport,
} from "./transport.js";
import type { Nanoseconds } from "./units.js";

export const grpcJsTransport: Transport = {
  name: "grpc-js",
  holdsUntilFlush: false,
  connect: (target, listener) => {
    // makeUnaryRequest captures a stack per call, for nothing here: it is its most expensive line (grpc-node#2109).
    Error.stackTraceLimit = 0;
    return connect(target, listener);
  },
};

/** HTTP/2's value for "no limit" (RFC 9113 §6.5.2): grpc-js does not tell the peer's. */
const UNKNOWN_LIMIT = 0xffff_ffff;

/** Enough for the largest report without a window stall; gRPC's own default of 4 MiB for a message would refuse more. */
const FLOW_CONTROL_WINDOW = 4 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

function channelOptions(target: Target): ChannelOptions {
  return {
    [TARGET_OPTION]: target,
    "grpc.default_authority": target.authority,
    // Otherwise all clients with equal arguments share one TCP connection (grpc-node#1899).
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    "grpc.enable_channelz": 0,
    "grpc.service_config_disable_resolution": 1,
    // On by default: a proxy variable in the environment would reroute the benchmark.
    "grpc.enable_http_proxy": 0,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  };
}

async function connect(target: Target, listener: CallListener): Promise<Connection> {
  registerResolverOnce();
  const handshake = new ObservedHandshake(target);
  const client = new Client(`${SCHEME}:target`, new ObservingCredentials(handshake), channelOptions(target));
  const problem = await firstProblem(client, target);
  const facts = handshake.facts(UNKNOWN_LIMIT);
  if (problem === null && facts !== null && handshake.socket !== null) {
    return new GrpcJsConnection(client, handshake.socket, facts, listener);
  }
  client.close();
  handshake.socket?.destroy();
  throw grpcJsFault(target, handshake.failure ?? problem ?? "Socket closed", handshake.stage);
}

/** Null once the channel is ready; else the words of its first failed try, or that the time is up. */
async function firstProblem(client: Client, target: Target): Promise<string | null> {
  const channel = client.getChannel();
  const deadline = Date.now() + target.connectTimeoutNs / 1e6;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return null;
    if (state === connectivityState.TRANSIENT_FAILURE) return lastError(client);
    const changed = await new Promise<boolean>((resolve) => {
      channel.watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
    });
    if (!changed) return TIME_IS_UP;
  }
}

/** A channel tells why it failed only to a call that fails on it; this one is never sent. */
function lastError(client: Client): Promise<string> {
  return new Promise((resolve) => {
    client.makeUnaryRequest("/", identity, identity, Buffer.alloc(0), new Metadata(), {}, (error) =>
      resolve(causeInDetails(error?.details ?? "connection failed")),
    );
  });
}

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

  constructor(client: Client, socket: Socket, facts: ConnectionFacts, listener: CallListener) {
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

function identity(message: Buffer): Buffer {
  return message;
}

/** The seam between TCP and HTTP/2: grpc-js asks credentials for a connector, which is handed the socket. */
class ObservingCredentials extends ChannelCredentials {
  readonly #handshake: ObservedHandshake;

  constructor(handshake: ObservedHandshake) {
    super();
    this.#handshake = handshake;
  }

  _isSecure(): boolean {
    return this.#handshake.secure;
  }

  _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  _createSecureConnector(): experimental.SecureConnector {
    const callCredentials = CallCredentials.createEmpty();
    return {
      // The last thing that grpc-js awaits before it opens the socket.
      waitForReady: () => Promise.resolve(this.#handshake.socketOpens()),
      connect: (tcp) => this.#handshake.tcpConnected(tcp),
      getCallCredentials: () => callCredentials,
      destroy: () => undefined,
    };
  }
}

const SCHEME = "tollgate";
const TARGET_OPTION = "tollgate.target";
let resolverRegistered = false;

function registerResolverOnce(): void {
  if (resolverRegistered) return;
  resolverRegistered = true;
  experimental.registerResolver(SCHEME, TargetResolver);
}

/**
 * Hands the target's own address on. `localAddress` reaches net.connect, which gets the address object as it is.
 * Answers once: a second answer to a channel in trouble would make it connect again at once, without any backoff.
 */
class TargetResolver implements experimental.Resolver {
  static getDefaultAuthority(): string {
    return "target";
  }

  readonly #listener: experimental.ResolverListener;
  readonly #target: Target;
  #answered = false;

  constructor(_uri: experimental.GrpcUri, listener: experimental.ResolverListener, options: ChannelOptions) {
    this.#listener = listener;
    this.#target = options[TARGET_OPTION] as Target;
  }

  updateResolution(): void {
    if (this.#answered) return;
    this.#answered = true;
    const { host, port, localAddress } = this.#target;
    const address = { host, port, ...(localAddress === null ? {} : { localAddress }) };
    const endpoints = experimental.statusOrFromValue([{ addresses: [address] }]);
    process.nextTick(() => this.#listener(endpoints, {}, null, ""));
  }

  destroy(): void {
    this.#answered = false;
  }
}
