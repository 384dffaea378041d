/**
 * A unary service over grpc-js's server: the reference peer, what a Node application offers.
 *
 * grpc-js tells a handler neither the socket nor the local address of a call. So sockets are accepted and TLS is ended
 * here, and each local address gets a grpc-js server of its own, into which its sockets are injected: calls are counted
 * where they arrived, also behind 0.0.0.0.
 *
 * What it cannot do: calls of unknown paths are answered UNIMPLEMENTED inside grpc-js and so are not counted; a single
 * call cannot be broken (reset, garbage, disconnect), for which the lean server is there.
 */
import {
  Server,
  ServerCredentials,
  type ConnectionInjector,
  type ServerOptions,
  type sendUnaryData,
} from "@grpc/grpc-js";
import type { Socket } from "node:net";
import { GRPC_STATUS } from "./grpc/status.js";
import { ListenerTally } from "./listener-tally.js";
import { localName, openListener, type Listener } from "./listening.js";
import {
  errorAnswer,
  type ListenAddress,
  type ListenerCounters,
  type Outcome,
  type UnaryMethod,
  type UnaryServer,
  type UnaryService,
} from "./unary-service.js";
import type { Nanoseconds } from "./units.js";

export function createGrpcJsServer(service: UnaryService): UnaryServer {
  return new GrpcJsServer(service);
}

const OPTIONS: ServerOptions = {
  "grpc.enable_channelz": 0,
  "grpc.max_receive_message_length": 64 * 1024 * 1024,
};

class GrpcJsServer implements UnaryServer {
  readonly #service: UnaryService;
  readonly #listeners: Listener[] = [];
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #sockets = new Set<Socket>();
  #onAllClosed: (() => void) | null = null;

  constructor(service: UnaryService) {
    this.#service = service;
  }

  async listen(address: ListenAddress): Promise<string> {
    const listener = await openListener(address, {
      onConnection: (socket) => this.#accept(socket),
      onStream: (socket) => this.#serve(socket, address.tls !== null),
    });
    this.#listeners.push(listener);
    return listener.name;
  }

  counters(): Readonly<Record<string, ListenerCounters>> {
    return Object.fromEntries([...this.#endpoints].map(([name, { tally }]) => [name, tally.counters()]));
  }

  async drain(graceNs: Nanoseconds): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    for (const endpoint of this.#endpoints.values()) endpoint.shutdown();
    if (this.#sockets.size === 0) return;
    const force = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceNs / 1e6);
    await new Promise<void>((resolve) => (this.#onAllClosed = resolve));
    clearTimeout(force);
  }

  #accept(socket: Socket): void {
    this.#endpointOf(socket).tally.connections++;
    this.#sockets.add(socket);
    // A peer that resets is its own affair: "close" follows.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#onAllClosed?.();
    });
  }

  #serve(socket: Socket, secured: boolean): void {
    const endpoint = this.#endpointOf(socket);
    if (secured) endpoint.tally.handshakes++;
    socket.on("error", () => undefined);
    endpoint.inject(socket);
  }

  #endpointOf(socket: Socket): Endpoint {
    const name = localName(socket);
    let endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) this.#endpoints.set(name, (endpoint = new Endpoint(this.#service)));
    return endpoint;
  }
}

/** One local address: its tally, and the grpc-js server that counts there. */
class Endpoint {
  readonly tally: ListenerTally;
  readonly #server = new Server(OPTIONS);
  readonly #injector: ConnectionInjector;

  constructor(service: UnaryService) {
    this.tally = new ListenerTally(service);
    for (const [path, method] of service.methods) {
      this.#server.register(path, this.#handlerOf(method), identity, identity, "unary");
    }
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  inject(socket: Socket): void {
    this.#injector.injectConnection(socket);
  }

  shutdown(): void {
    this.#server.tryShutdown(() => undefined);
  }

  #handlerOf(method: UnaryMethod): (call: { request: Buffer }, send: sendUnaryData<Buffer>) => void {
    const counter = this.tally.counterOf(method.name);
    return ({ request }, send) => {
      counter.count++;
      const defer = () => (outcome: Outcome) => finish(outcome, send);
      const outcome = method.handle(request, 0, request.length, { defer });
      if (outcome !== null) finish(outcome, send);
    };
  }
}

function finish(outcome: Outcome, send: sendUnaryData<Buffer>): void {
  switch (outcome.kind) {
    case "answer":
      if (outcome.status === GRPC_STATUS.OK) send(null, outcome.message);
      else send({ code: outcome.status, details: outcome.detail });
      return;
    case "silence":
      return;
    case "reset":
    case "garbage":
    case "disconnect": {
      const detail = `the grpc-js server cannot do "${outcome.kind}" to one call; the lean server can`;
      finish(errorAnswer(GRPC_STATUS.UNIMPLEMENTED, detail), send);
    }
  }
}

function identity(message: Buffer): Buffer {
  return message;
}
