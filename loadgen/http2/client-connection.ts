/**
 * The client's end of one HTTP/2 connection that carries unary gRPC calls: the life of the connection, and the part of
 * the Connection interface (transport.ts) that needs no socket. The calls themselves are in client-calls.ts.
 *
 * Easy to get wrong: whatever is to be sent is written once, when all that was read is handled, or on `flush`; the
 * instant "sent" is taken just before that write, because the write itself already travels the road.
 */
import { GRPC_STATUS } from "../grpc/status.js";
import type { CallListener, ConnectionCounters, PreparedCall } from "../transport.js";
import type { Nanoseconds } from "../units.js";
import { CallImages } from "./call-images.js";
import { ClientCalls } from "./client-calls.js";
import { STREAM_WINDOW } from "./client-stream.js";
import { Http2Connection, type ConnectionOwner } from "./connection.js";
import { FirstBytes } from "./first-bytes.js";
import type { Goaway } from "./frame-payloads.js";
import { PREFACE, SETTING } from "./frames.js";
import { H2_ERROR, http2ErrorName } from "./http2-error.js";
import type { ByteSink } from "./output-buffer.js";

export interface ClientConnectionOptions {
  readonly sink: ByteSink;
  readonly listener: CallListener;
  readonly clock: () => Nanoseconds;
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly literalHeaders: boolean;
  /** Called once: with null when the peer's settings are here, else with the reason why they never will be. */
  readonly onReady: (problem: string | null) => void;
}

/** Opened again in steps of half of it. */
const CONNECTION_WINDOW = 64 * 1024 * 1024;

export class ClientConnection implements ConnectionOwner {
  private readonly http2: Http2Connection<ClientCalls>;
  private readonly calls: ClientCalls;
  private readonly firstBytes = new FirstBytes();
  private state: "opening" | "open" | "draining" | "closing" | "down" = "opening";
  private drainReason = "";
  /** More calls may be started than when the listener was told last, and not because some ended. */
  private hasNewRoom = false;
  private startedCalls = 0;
  private goaways = 0;

  constructor(private readonly options: ClientConnectionOptions) {
    const { sink, clock, literalHeaders, scheme, authority, listener } = options;
    this.http2 = new Http2Connection(
      {
        role: "client",
        sink,
        clock,
        literalHeaders,
        connectionWindow: CONNECTION_WINDOW,
        settings: [
          [SETTING.ENABLE_PUSH, 0],
          [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW],
        ],
      },
      this,
      (http2) => new ClientCalls(http2, new CallImages(http2, scheme, authority), listener),
    );
    this.calls = this.http2.calls;
  }

  /** Sends the preface: the socket is open. */
  open(): void {
    const { output } = this.http2;
    const at = output.reserve(PREFACE.length);
    output.commit(at + PREFACE.copy(output.bytes, at));
    this.http2.putSettings();
    output.flush();
  }

  /** Servers open no streams: nothing was ever pushed. */
  readonly lastPeerStream = 0;

  get freeStreams(): number {
    if (this.state !== "open" || this.http2.output.isBacklogged) return 0;
    return Math.max(0, this.peerMaxConcurrentStreams - this.calls.streams.size);
  }

  get peerMaxConcurrentStreams(): number {
    return this.http2.peer.maxConcurrentStreams;
  }

  get counters(): ConnectionCounters {
    const { output, protocolErrors } = this.http2;
    return { calls: this.startedCalls, writes: output.writes, goaways: this.goaways, protocolErrors };
  }

  start(call: PreparedCall, tag: number): void {
    if (this.state !== "open") throw new Error(`a call was started on a connection that is ${this.state}`);
    this.startedCalls++;
    this.calls.start(call, tag);
    if (!this.calls.streams.identifiersLeft) this.drain("all stream identifiers are used");
  }

  flush(): void {
    if (this.state === "down") return;
    do this.flushOnce();
    while (this.http2.refill());
  }

  expire(at: Nanoseconds): void {
    if (this.state === "down") return;
    this.calls.expire(at);
    if (this.calls.someEnded) this.onBatchEnd();
  }

  /** Calls in flight end with CANCELLED, and the socket is closed. */
  close(): void {
    if (this.state === "down") return;
    if (this.state !== "opening") this.state = "closing";
    this.calls.endAbove(0, GRPC_STATUS.CANCELLED, "the connection was closed by its owner", this.options.clock());
    this.http2.putGoaway(0, H2_ERROR.NO_ERROR);
    this.http2.shutDown("closed by its owner");
  }

  /** Handles everything in `chunk[0 … length)`, sends what follows from it, and tells the listener. */
  receive(chunk: Buffer, length: number): void {
    if (this.state === "opening") this.firstBytes.add(chunk, length);
    this.http2.receive(chunk, length);
  }

  /** The socket has taken all that was written. */
  drained(): void {
    this.http2.drained();
    this.hasNewRoom = true;
    this.onBatchEnd();
  }

  /** The socket has failed or was closed by the peer. */
  lost(reason: string): void {
    this.http2.abandon(reason);
  }

  onSettings(): void {
    this.hasNewRoom = true;
    if (this.state !== "opening") return;
    this.state = "open";
    this.hasNewRoom = false;
    this.options.onReady(null);
  }

  onGoaway(goaway: Goaway): void {
    this.goaways++;
    const debug = goaway.debug === "" ? "" : `: ${goaway.debug}`;
    this.drain(`the peer sent GOAWAY (${http2ErrorName(goaway.code)}${debug})`);
    this.calls.endAbove(goaway.lastStreamId, GRPC_STATUS.UNAVAILABLE, this.drainReason, this.http2.at);
  }

  onPong(): void {
    // We send no PING.
  }

  onBatchEnd(): void {
    if (this.state === "down") return;
    if (this.calls.someEnded || this.hasNewRoom) {
      this.calls.someEnded = this.hasNewRoom = false;
      if (this.state === "open") this.options.listener.onCapacity();
    }
    this.flush();
    if (this.state === "draining" && this.calls.streams.size === 0) this.http2.shutDown(this.drainReason);
  }

  onDown(reason: string): void {
    const before = this.state;
    this.state = "down";
    this.calls.endAbove(0, GRPC_STATUS.UNAVAILABLE, reason, this.options.clock());
    if (before === "opening") this.options.onReady(this.firstBytes.cause ?? reason);
    else if (before !== "closing") this.options.listener.onClosed(reason);
  }

  private flushOnce(): void {
    if (!this.calls.someWerePut) return this.http2.output.flush();
    const at = this.options.clock();
    this.http2.output.flush();
    this.calls.tellSent(at);
  }

  /** No more calls; those under way may end. */
  private drain(reason: string): void {
    if (this.state === "open") this.state = "draining";
    this.drainReason = reason;
  }
}
