/**
 * The server's end of one HTTP/2 connection: the preface, the life of the connection, and how it is drained. The calls
 * are in server-calls.ts.
 */
import type { ListenerTally } from "../listener-tally.js";
import type { UnaryService } from "../unary-service.js";
import type { Nanoseconds } from "../units.js";
import { Http2Connection, type ConnectionOwner } from "./connection.js";
import type { Goaway } from "./frame-payloads.js";
import { MAX_STREAM_ID, PREFACE, SETTING } from "./frames.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";
import type { ByteSink } from "./output-buffer.js";
import { ServerCalls, type CallHost } from "./server-calls.js";
import { STREAM_WINDOW } from "./server-stream.js";
import { MAX_CONCURRENT_STREAMS, type ServerStreams } from "./server-streams.js";

export interface ServerConnectionOptions {
  readonly sink: ByteSink;
  readonly clock: () => Nanoseconds;
  readonly service: UnaryService;
  readonly tally: ListenerTally;
  /** The connection takes and sends nothing more. */
  readonly onDown: (reason: string) => void;
}

const CONNECTION_WINDOW = 16 * 1024 * 1024;
const DRAIN_PING = Buffer.from("draining");
const GARBAGE = Buffer.alloc(64, 0xff);

export class ServerConnection implements ConnectionOwner, CallHost {
  private readonly http2: Http2Connection<ServerCalls>;
  private readonly streams: ServerStreams;
  private prefaceBytes = 0;
  private draining = false;
  private flushIsDue = false;

  constructor(private readonly options: ServerConnectionOptions) {
    this.http2 = new Http2Connection(
      {
        role: "server",
        sink: options.sink,
        clock: options.clock,
        literalHeaders: false,
        connectionWindow: CONNECTION_WINDOW,
        settings: [
          [SETTING.MAX_CONCURRENT_STREAMS, MAX_CONCURRENT_STREAMS],
          [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW],
        ],
      },
      this,
      (http2) => new ServerCalls(http2, options.service, options.tally, this),
    );
    this.streams = this.http2.calls.streams;
  }

  /** Sends our settings: the socket is open. */
  open(): void {
    this.http2.putSettings();
    this.http2.output.flush();
  }

  get lastPeerStream(): number {
    return this.streams.lastStreamId;
  }

  /** Whether the peer leaves so much of our answers unread that nothing more should be read from it. */
  get isBacklogged(): boolean {
    return this.http2.output.isBacklogged;
  }

  /** Handles everything in `chunk` and sends what follows from it. */
  receive(chunk: Buffer): void {
    if (this.prefaceBytes === PREFACE.length) this.http2.receive(chunk);
    else this.receivePreface(chunk);
  }

  /** The socket has taken all that was written. */
  drained(): void {
    this.http2.drained();
    this.onBatchEnd();
  }

  /** The socket has failed or was closed by the peer. */
  lost(reason: string): void {
    this.http2.abandon(reason);
  }

  /**
   * Takes no more calls, lets those under way end, then closes. The first GOAWAY only announces it: the last stream is
   * named once the PING behind it is answered, because until then requests may be on their way (RFC 9113 §6.8).
   */
  drain(): void {
    if (this.http2.isDown || this.draining) return;
    this.draining = true;
    this.http2.putGoaway(MAX_STREAM_ID, H2_ERROR.NO_ERROR);
    this.http2.putPing(DRAIN_PING);
    this.http2.output.flush();
  }

  onPong(): void {
    if (!this.draining || this.streams.acceptUpTo !== Infinity) return;
    this.streams.acceptUpTo = this.streams.lastStreamId;
    this.http2.putGoaway(this.streams.lastStreamId, H2_ERROR.NO_ERROR);
  }

  onSettings(): void {
    // Its windows concern the calls, and they know.
  }

  onGoaway(_goaway: Goaway): void {
    // The client opens no more streams; it closes when it has its answers.
  }

  onBatchEnd(): void {
    if (this.http2.isDown) return;
    this.http2.flush();
    if (this.streams.acceptUpTo !== Infinity && this.streams.size === 0) this.http2.shutDown("drained");
  }

  onDown(reason: string): void {
    this.options.onDown(reason);
  }

  /** Answers that fall due in one turn of the loop share a write. */
  onLateOutput(): void {
    if (this.flushIsDue) return;
    this.flushIsDue = true;
    queueMicrotask(() => {
      this.flushIsDue = false;
      this.onBatchEnd();
    });
  }

  breakOff(kind: "garbage" | "disconnect"): void {
    if (kind === "disconnect") return this.http2.abandon("disconnected on demand");
    const { output } = this.http2;
    const at = output.reserve(GARBAGE.length);
    output.commit(at + GARBAGE.copy(output.bytes, at));
    this.http2.shutDown("garbage sent on demand");
  }

  private receivePreface(chunk: Buffer): void {
    const length = Math.min(chunk.length, PREFACE.length - this.prefaceBytes);
    const expected = PREFACE.subarray(this.prefaceBytes, this.prefaceBytes + length);
    if (!chunk.subarray(0, length).equals(expected)) {
      this.http2.fail(new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, "the client's preface is not HTTP/2's"));
      return;
    }
    this.prefaceBytes += length;
    if (length < chunk.length) this.http2.receive(chunk.subarray(length));
  }
}
