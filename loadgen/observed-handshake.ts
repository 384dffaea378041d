/**
 * Times TCP and TLS of one connection that a library opens, from the two instants at which it lets us look: just before
 * it opens the socket, and when TCP stands and TLS may begin. Keeps the socket and the cause of a failed handshake,
 * which the library words more vaguely than we can.
 */
import type { Socket } from "node:net";
import { now } from "./clock.js";
import type { ConnectStage } from "./connect-fault.js";
import { alpnProblem, shakeHands } from "./tls-client.js";
import type { ConnectionFacts, Target, TlsFacts } from "./transport.js";
import { ns, type Nanoseconds } from "./units.js";

export class ObservedHandshake {
  /** The socket that carries HTTP/2, once TCP stands. */
  socket: Socket | null = null;
  failure: Error | null = null;
  readonly #target: Target;
  #startedAt = ns(0);
  #connectNs: Nanoseconds | null = null;
  #tlsFacts: TlsFacts | null = null;

  constructor(target: Target) {
    this.#target = target;
  }

  get secure(): boolean {
    return this.#target.tls !== null;
  }

  socketOpens(): void {
    this.#startedAt = now();
  }

  /** @throws Error when TLS fails, Fault when HTTP/2 was not agreed on; it stays readable in `failure` */
  async tcpConnected(tcp: Socket): Promise<{ socket: Socket; secure: boolean }> {
    this.#connectNs = ns(now() - this.#startedAt);
    this.socket = tcp;
    const { tls } = this.#target;
    if (tls === null) return { socket: tcp, secure: false };
    try {
      const { socket, facts } = await shakeHands(tcp, tls);
      this.socket = socket;
      const problem = alpnProblem(this.#target, facts);
      if (problem !== null) throw problem;
      this.#tlsFacts = facts;
      return { socket, secure: true };
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }

  /** What is being waited for. */
  get stage(): ConnectStage {
    if (this.#connectNs === null) return "tcp";
    return this.secure && this.#tlsFacts === null ? "tls" : "http2";
  }

  /** Null until TCP and TLS are done. */
  facts(peerMaxConcurrentStreams: number): ConnectionFacts | null {
    const { socket } = this;
    if (socket === null || this.#connectNs === null) return null;
    return {
      connectNs: this.#connectNs,
      tls: this.#tlsFacts,
      localAddress: socket.localAddress ?? "",
      localPort: socket.localPort ?? 0,
      peerMaxConcurrentStreams,
    };
  }
}
