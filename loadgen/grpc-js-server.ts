/**
 * A unary service over grpc-js's server: the reference peer, what a Node application offers.
 *
 * grpc-js tells a handler neither the socket nor the local address of a call. So sockets are accepted and TLS is ended
 * here, and each local address gets a grpc-js server of its own, into which its sockets are injected: calls are counted
 * where they arrived, also behind 0.0.0.0.
 *
 * What it cannot do: calls of unknown paths are answered UNIMPLEMENTED inside grpc-js and so are not counted; frames
 * cannot be broken (`reset`, `garbage`), for which the lean server is there.
 */
import {
  Server,
  ServerCredentials,
  type ConnectionInjector,
  type ServerOptions,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { Fault } from "./fault.js";
import { GRPC_STATUS } from "./grpc/status.js";
import { keepOutcome, errorAnswer } from "./unary-service.js";
import type {
  ListenAddress,
  ListenerCounters,
  Outcome,
  ServerTls,
  UnaryServer,
  UnaryService,
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
  readonly #listeners: TcpServer[] = [];
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #sockets = new Set<Socket>();

  constructor(service: UnaryService) {
    this.#service = service;
  }

  async listen(address: ListenAddress): Promise<string> {
    const server = address.tls === null ? this.#plain() : this.#secured(address.tls);
    await listening(server, address);
    this.#listeners.push(server);
    const { address: host, port } = server.address() as AddressInfo;
    return hostPort(host, port);
  }

  counters(): Readonly<Record<string, ListenerCounters>> {
    return Object.fromEntries([...this.#endpoints].map(([name, endpoint]) => [name, endpoint.counters()]));
  }

  async drain(graceNs: Nanoseconds): Promise<void> {
    const closed = this.#listeners.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const endpoint of this.#endpoints.values()) endpoint.shutdown();
    const force = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceNs / 1e6);
    await Promise.all(closed);
    clearTimeout(force);
  }

  #plain(): TcpServer {
    return createServer((socket) => {
      this.#accepted(socket).inject(socket);
    });
  }

  #secured(tls: ServerTls): TcpServer {
    const server = tlsServer(tls);
    server.on("connection", (socket: Socket) => this.#accepted(socket));
    server.on("secureConnection", (socket) => {
      socket.on("error", () => undefined);
      this.#endpointOf(socket).handshaken(socket);
    });
    return server;
  }

  #accepted(socket: Socket): Endpoint {
    socket.setNoDelay();
    // A peer that resets is its own affair: nghttp2 or TLS ends what hangs on the socket.
    socket.on("error", () => undefined);
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const endpoint = this.#endpointOf(socket);
    endpoint.connections++;
    return endpoint;
  }

  #endpointOf(socket: Socket): Endpoint {
    const name = hostPort(socket.localAddress ?? "", socket.localPort ?? 0);
    let endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) this.#endpoints.set(name, (endpoint = new Endpoint(this.#service)));
    return endpoint;
  }
}

/** One local address: its calls, connections and handshakes. */
class Endpoint {
  connections = 0;
  #handshakes = 0;
  readonly #calls = new Map<string, number>();
  readonly #server = new Server(OPTIONS);
  readonly #injector: ConnectionInjector;

  constructor(service: UnaryService) {
    for (const [path, method] of service.methods) {
      this.#calls.set(method.name, 0);
      this.#server.register<Buffer, Buffer>(
        path,
        ({ request }: { request: Buffer }, send: sendUnaryData<Buffer>) => {
          this.#calls.set(method.name, this.#calls.get(method.name)! + 1);
          const defer = () => (outcome: Outcome) => finish(outcome, send);
          const outcome = method.handle(request, 0, request.length, { defer });
          // grpc-js may write after the handler ran again, and by then the answer's memory is reused.
          if (outcome !== null) finish(keepOutcome(outcome), send);
        },
        identity,
        identity,
        "unary",
      );
    }
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  inject(socket: Socket): void {
    this.#injector.injectConnection(socket);
  }

  handshaken(socket: Socket): void {
    this.#handshakes++;
    this.inject(socket);
  }

  counters(): ListenerCounters {
    return {
      calls: Object.fromEntries(this.#calls),
      connections: this.connections,
      handshakes: this.#handshakes,
    };
  }

  shutdown(): void {
    this.#server.tryShutdown(() => undefined);
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

function tlsServer({ cert, key, ca }: ServerTls): TlsServer {
  const clients = ca === null ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  try {
    return createTlsServer({ cert, key, ALPNProtocols: ["h2"], ...clients });
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new Fault({ fact: "the server's certificate or key cannot be used", seen }, { cause: error });
  }
}

function listening(server: TcpServer, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(new Fault({ fact: `cannot listen on ${hostPort(host, port)}`, seen: error.message }, { cause: error }));
    server.once("error", failed);
    server.listen(port, host, () => {
      server.removeListener("error", failed);
      resolve();
    });
  });
}

/** IPv4 addresses of a dual-stack socket appear as `::ffff:a.b.c.d`. */
function hostPort(host: string, port: number): string {
  const plain = host.replace(/^::ffff:(?=\d+\.)/, "");
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

function identity(message: Buffer): Buffer {
  return message;
}
