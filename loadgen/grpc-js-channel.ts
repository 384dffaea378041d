/**
 * How a channel of grpc-js comes to stand: one TCP connection of its own, from the local address that was asked for, its
 * handshakes timed, and its trouble told in plain words.
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
  type ChannelOptions,
} from "@grpc/grpc-js";
import type { Socket } from "node:net";
import { causeInDetails, grpcJsFault, TIME_IS_UP } from "./grpc-js-failure.js";
import { ObservedHandshake } from "./observed-handshake.js";
import type { ConnectionFacts, Target } from "./transport.js";

export interface StandingChannel {
  readonly client: Client;
  /** The one that carries HTTP/2. */
  readonly socket: Socket;
  readonly facts: ConnectionFacts;
}

/** @throws Fault, in the words of the lean transport, when the target cannot be reached in its time */
export async function openChannel(target: Target): Promise<StandingChannel> {
  registerResolverOnce();
  const handshake = new ObservedHandshake(target);
  const client = new Client(`${SCHEME}:target`, new ObservingCredentials(handshake), channelOptions(target));
  const problem = await firstProblem(client, target);
  const facts = handshake.facts(UNKNOWN_LIMIT);
  if (problem === null && facts !== null && handshake.socket !== null) {
    return { client, socket: handshake.socket, facts };
  }
  client.close();
  handshake.socket?.destroy();
  throw grpcJsFault(target, handshake.failure ?? problem ?? "Socket closed", handshake.stage);
}

/** HTTP/2's value for "no limit" (RFC 9113 §6.5.2): grpc-js does not tell the peer's. */
export const UNKNOWN_LIMIT = 0xffff_ffff;

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

/** Messages pass as the bytes they are. */
export function identity(message: Buffer): Buffer {
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
