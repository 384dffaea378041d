/**
 * Opening a listening socket, with or without TLS, and the names of local addresses. Knows nothing of HTTP/2.
 */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { Fault } from "./fault.js";
import type { ListenAddress, ServerTls } from "./unary-service.js";

export interface ListenerEvents {
  /** A TCP connection was accepted; with TLS the handshake is still to come. */
  onConnection(socket: Socket): void;
  /** Bytes can go both ways: TLS, if there is any, is done. */
  onStream(socket: Socket): void;
}

export interface Listener {
  /** Where it listens in fact. */
  readonly name: string;
  /** Takes no more connections; those that are open live on. */
  close(): void;
}

/** @throws Fault when the address cannot be had or the certificate cannot be used */
export async function openListener(address: ListenAddress, events: ListenerEvents): Promise<Listener> {
  const server = address.tls === null ? plainServer(events) : securedServer(address.tls, events);
  await listening(server, address);
  const { address: host, port } = server.address() as AddressInfo;
  return { name: hostPort(host, port), close: () => server.close() };
}

/** `host:port`. IPv4 addresses of a dual-stack socket appear as `::ffff:a.b.c.d` and are named as IPv4. */
export function hostPort(host: string, port: number): string {
  const plain = host.replace(/^::ffff:(?=\d+\.)/, "");
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** The name of the side of a socket that is ours. */
export function localName(socket: Socket): string {
  return hostPort(socket.localAddress ?? "", socket.localPort ?? 0);
}

function plainServer(events: ListenerEvents): Server {
  return createServer({ noDelay: true }, (socket) => {
    events.onConnection(socket);
    events.onStream(socket);
  });
}

function securedServer(tls: ServerTls, events: ListenerEvents): TlsServer {
  const server = tlsServer(tls);
  server.on("connection", (socket: Socket) => {
    socket.setNoDelay(true);
    events.onConnection(socket);
  });
  // A peer that negotiated no protocol is taken all the same: Cilium's Envoy does so. One that offers only others is
  // refused by OpenSSL with an alert (RFC 7301 §3.2). Handshakes that fail are the client's affair.
  server.on("secureConnection", (socket) => events.onStream(socket));
  return server;
}

function tlsServer({ cert, key, ca }: ServerTls): TlsServer {
  const clients = ca === null ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  try {
    return createTlsServer({ cert, key, ALPNProtocols: ["h2"], minVersion: "TLSv1.2", ...clients });
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new Fault({ fact: "the server's certificate or key cannot be used", seen }, { cause: error });
  }
}

function listening(server: Server, { host, port }: ListenAddress): Promise<void> {
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
