/**
 * Opens the client's socket: TCP, then TLS where it is asked for, each timed. Knows nothing of HTTP/2 but its name in
 * ALPN.
 *
 * Easy to get wrong:
 * - Node hands out what it reads in a new buffer each time, at some microseconds a read, unless a socket is made with
 *   `onread`; that works for TLS only when the TLS socket opens the TCP connection itself.
 * - The first bytes may come in the same turn as the end of the handshake: the listener must be ready when `onOpen`
 *   returns.
 */
import { connect as connectTcp, type OnReadOpts, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { now } from "./clock.js";
import { tlsFacts, tlsOptions } from "./tls-client.js";
import type { Target, TlsFacts, TlsTarget } from "./transport.js";
import { ns, type Nanoseconds } from "./units.js";

export interface DialEvents {
  /** TCP is connected; with TLS, the handshake begins. */
  onTcp(): void;
  /** Bytes can go both ways. */
  onOpen(opened: OpenSocket): void;
  /** `bytes[0 … length)`, valid until this returns. */
  onBytes(bytes: Buffer, length: number): void;
  /** The socket failed (`error`) or was closed, now or later. May come twice. */
  onLost(error: NodeJS.ErrnoException | null): void;
}

export interface OpenSocket {
  readonly socket: Socket;
  readonly connectNs: Nanoseconds;
  readonly tls: TlsFacts | null;
}

/** All sockets read into it, one after the other. As much as libuv itself would ask for. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Returns the socket at once: whoever loses patience destroys it. */
export function dial(target: Target, events: DialEvents): Socket {
  const onread: OnReadOpts = {
    buffer: readBuffer,
    callback: (length) => {
      events.onBytes(readBuffer, length);
      return true;
    },
  };
  const startedAt = now();
  let connectedAt = startedAt;
  const socket = target.tls === null ? plainSocket(target, onread) : securedSocket(target, target.tls, onread);
  socket.setNoDelay(true);
  socket.once("connect", () => {
    connectedAt = now();
    events.onTcp();
    if (target.tls === null) events.onOpen({ socket, connectNs: ns(connectedAt - startedAt), tls: null });
  });
  socket.once("secureConnect", () => {
    const tls = tlsFacts(socket as TLSSocket, ns(now() - connectedAt));
    events.onOpen({ socket, connectNs: ns(connectedAt - startedAt), tls });
  });
  socket.on("error", (error: NodeJS.ErrnoException) => events.onLost(error));
  socket.once("close", () => events.onLost(null));
  return socket;
}

function plainSocket(target: Target, onread: OnReadOpts): Socket {
  return connectTcp({ ...addressOf(target), onread });
}

function securedSocket(target: Target, tls: TlsTarget, onread: OnReadOpts): TLSSocket {
  return connectTls({
    ...addressOf(target),
    // Passed on to the TCP socket; the types of tls.connect do not know it.
    ...{ onread },
    ...tlsOptions(tls),
  });
}

function addressOf({ host, port, localAddress }: Target): TcpNetConnectOpts {
  return { host, port, ...(localAddress === null ? {} : { localAddress }) };
}
