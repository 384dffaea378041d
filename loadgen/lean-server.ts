/**
 * A unary service over our own HTTP/2: built to take so little that what is measured is the road. Sockets and listeners
 * live here; the protocol is in http2/server-connection.ts.
 *
 * Easy to get wrong: a peer that sends requests and reads no answers must not fill our memory, so nothing is read from
 * it until it has taken what waits.
 */
import type { Socket } from "node:net";
import { now } from "./clock.js";
import { ServerConnection } from "./http2/server-connection.js";
import { ListenerTally } from "./listener-tally.js";
import { localName, openListener, type Listener } from "./listening.js";
import type { ListenAddress, ListenerCounters, UnaryServer, UnaryService } from "./unary-service.js";
import type { Nanoseconds } from "./units.js";

export function createLeanServer(service: UnaryService): UnaryServer {
  return new LeanServer(service);
}

/** How long a peer that does not take our last bytes keeps a connection alive. */
const LINGER_MS = 1000;

class LeanServer implements UnaryServer {
  private readonly listeners: Listener[] = [];
  private readonly tallies = new Map<string, ListenerTally>();
  /** As accepted, without TLS. */
  private readonly sockets = new Set<Socket>();
  private readonly connections = new Set<ServerConnection>();
  private draining = false;
  private onAllClosed: (() => void) | null = null;

  constructor(private readonly service: UnaryService) {}

  async listen(address: ListenAddress): Promise<string> {
    const listener = await openListener(address, {
      onConnection: (socket) => this.accept(socket),
      onStream: (socket) => this.serve(socket, address.tls !== null),
    });
    this.listeners.push(listener);
    return listener.name;
  }

  counters(): Readonly<Record<string, ListenerCounters>> {
    return Object.fromEntries([...this.tallies].map(([name, tally]) => [name, tally.counters()]));
  }

  async drain(graceNs: Nanoseconds): Promise<void> {
    this.draining = true;
    for (const listener of this.listeners) listener.close();
    for (const connection of this.connections) connection.drain();
    if (this.sockets.size === 0) return;
    const force = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy();
    }, graceNs / 1e6);
    await new Promise<void>((resolve) => (this.onAllClosed = resolve));
    clearTimeout(force);
  }

  private accept(socket: Socket): void {
    this.tallyOf(socket).connections++;
    this.sockets.add(socket);
    // A peer that resets is its own affair: "close" follows.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.onAllClosed?.();
    });
  }

  private serve(socket: Socket, secured: boolean): void {
    const tally = this.tallyOf(socket);
    if (secured) tally.handshakes++;
    const connection = new ServerConnection({
      sink: socket,
      clock: now,
      service: this.service,
      tally,
      onDown: () => {
        this.connections.delete(connection);
        setTimeout(() => socket.destroy(), LINGER_MS).unref();
      },
    });
    this.connections.add(connection);
    attach(socket, connection);
    connection.open();
    if (this.draining) connection.drain();
  }

  private tallyOf(socket: Socket): ListenerTally {
    const name = localName(socket);
    let tally = this.tallies.get(name);
    if (tally === undefined) this.tallies.set(name, (tally = new ListenerTally(this.service)));
    return tally;
  }
}

function attach(socket: Socket, connection: ServerConnection): void {
  socket.on("data", (chunk: Buffer) => {
    connection.receive(chunk);
    if (connection.isBacklogged) socket.pause();
  });
  socket.on("drain", () => {
    connection.drained();
    socket.resume();
  });
  socket.on("error", (error: Error) => connection.lost(error.message));
  socket.once("close", () => connection.lost("the socket was closed"));
}
