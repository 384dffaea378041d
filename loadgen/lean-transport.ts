/**
 * The lean transport: our own HTTP/2 over node:net and node:tls, built to cost less than what it measures. This file
 * joins the socket (dial.ts) to the protocol (http2/client-connection.ts) and says why, when they cannot be joined.
 */
import type { Socket } from "node:net";
import { now } from "./clock.js";
import { connectFault, socketCause, socketFault, timeoutFault, type ConnectStage } from "./connect-fault.js";
import { dial, type OpenSocket } from "./dial.js";
import type { Fault } from "./fault.js";
import { ClientConnection } from "./http2/client-connection.js";
import { alpnProblem } from "./tls-client.js";
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

export const leanTransport: Transport = {
  name: "lean",
  holdsUntilFlush: true,
  connect: (target, listener) =>
    new Promise((resolve, reject) => {
      new Attempt(target, listener, resolve, reject);
    }),
};

/** One try to connect: ends with a connection or a fault, within the target's time. */
class Attempt {
  private stage: ConnectStage = "tcp";
  private http2: ClientConnection | null = null;
  private readonly socket: Socket;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly target: Target,
    private readonly listener: CallListener,
    private readonly resolve: (connection: Connection) => void,
    private readonly reject: (fault: Fault) => void,
  ) {
    this.socket = dial(target, {
      onTcp: () => (this.stage = target.tls === null ? "http2" : "tls"),
      onOpen: (opened) => this.onOpen(opened),
      onBytes: (bytes, length) => this.http2?.receive(bytes, length),
      onLost: (error) => this.onLost(error),
    });
    this.timer = setTimeout(() => this.giveUp(timeoutFault(target, this.stage)), target.connectTimeoutNs / 1e6);
  }

  private onOpen(opened: OpenSocket): void {
    this.stage = "http2";
    const problem = alpnProblem(this.target, opened.tls);
    if (problem !== null) return this.giveUp(problem);
    const http2 = new ClientConnection({
      sink: opened.socket,
      listener: this.listener,
      clock: now,
      scheme: opened.tls === null ? "http" : "https",
      authority: this.target.authority,
      literalHeaders: this.target.literalHeaders,
      onReady: (reason) => {
        if (reason !== null) return this.giveUp(connectFault(this.target, reason));
        clearTimeout(this.timer);
        this.resolve(new LeanConnection(opened, http2));
      },
    });
    this.http2 = http2;
    opened.socket.on("drain", () => http2.drained());
    http2.open();
  }

  private onLost(error: NodeJS.ErrnoException | null): void {
    if (this.http2 !== null) this.http2.lost(error === null ? "it closed the connection" : socketCause(error));
    else if (error !== null) this.giveUp(socketFault(this.target, error, this.stage));
    else this.giveUp(connectFault(this.target, "it closed the connection"));
  }

  private giveUp(fault: Fault): void {
    clearTimeout(this.timer);
    this.socket.destroy();
    this.reject(fault);
  }
}

/** How long a peer that does not take our last bytes is waited for. */
const LINGER_MS = 1000;

class LeanConnection implements Connection {
  readonly facts: ConnectionFacts;

  constructor(
    private readonly opened: OpenSocket,
    private readonly http2: ClientConnection,
  ) {
    const { socket, connectNs, tls } = opened;
    this.facts = {
      connectNs,
      tls,
      localAddress: socket.localAddress ?? "",
      localPort: socket.localPort ?? 0,
      peerMaxConcurrentStreams: http2.peerMaxConcurrentStreams,
    };
  }

  get freeStreams(): number {
    return this.http2.freeStreams;
  }

  get counters(): ConnectionCounters {
    return this.http2.counters;
  }

  start(call: PreparedCall, tag: number): void {
    this.http2.start(call, tag);
  }

  flush(): void {
    this.http2.flush();
  }

  expire(at: Nanoseconds): void {
    this.http2.expire(at);
  }

  async close(): Promise<void> {
    const { socket } = this.opened;
    this.http2.close();
    if (socket.closed) return;
    const force = setTimeout(() => socket.destroy(), LINGER_MS);
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    clearTimeout(force);
  }
}
