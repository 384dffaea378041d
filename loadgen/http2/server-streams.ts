/**
 * The streams of one server connection: which may be opened, which are open, and what is owed to those that are not
 * (RFC 9113 §5.1). What a call means is server-calls.ts's business.
 */
import type { Http2Connection } from "./connection.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";
import type { RequestHead } from "./request-head.js";
import { ResetMemory } from "./reset-memory.js";
import { ServerStream } from "./server-stream.js";
import { SkippedStreams } from "./skipped-streams.js";
import { StreamTable } from "./stream-table.js";

/** More than any client here has in flight on one connection, and little memory. */
export const MAX_CONCURRENT_STREAMS = 4096;

export class ServerStreams {
  /** The highest stream the client has opened. */
  lastStreamId = 0;
  /** Streams above it are not taken any more (RFC 9113 §6.8). */
  acceptUpTo = Infinity;
  private readonly table = new StreamTable(() => new ServerStream());
  private readonly resets = new ResetMemory();
  private readonly skipped = new SkippedStreams();

  constructor(private readonly connection: Http2Connection) {}

  get size(): number {
    return this.table.size;
  }

  find(streamId: number): ServerStream | undefined {
    return this.table.find(streamId);
  }

  all(): ServerStream[] {
    return this.table.all();
  }

  /**
   * Whether a header block opens its stream; not so when it may be ignored.
   * @throws Http2ConnectionError when it must not be there
   */
  isNew(streamId: number): boolean {
    if (streamId % 2 === 0 || this.skipped.has(streamId)) {
      throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `a client may not open stream ${streamId}`);
    }
    if (streamId <= this.lastStreamId) {
      this.ignoreOrThrow(streamId, "HEADERS");
      return false;
    }
    if (streamId > this.acceptUpTo) return false;
    this.skipped.add(this.lastStreamId === 0 ? 1 : this.lastStreamId + 2, streamId - 2);
    this.lastStreamId = streamId;
    return true;
  }

  /** Null when there are too many: the stream was refused then. */
  open(streamId: number, head: RequestHead): ServerStream | null {
    if (this.table.size >= MAX_CONCURRENT_STREAMS) {
      this.connection.countReset();
      this.putReset(streamId, H2_ERROR.REFUSED_STREAM);
      return null;
    }
    const stream = this.table.open(streamId);
    stream.begin(head, this.connection.peer.initialWindowSize);
    return stream;
  }

  close(stream: ServerStream): void {
    this.table.close(stream);
  }

  /** A stream that was never open is answered with an error of the client's making. */
  refuse(streamId: number, code: number): void {
    this.connection.countStreamError();
    this.putReset(streamId, code);
  }

  /** What still comes on the stream was sent before the client knew, and is ignored. */
  putReset(streamId: number, code: number): void {
    this.resets.add(streamId);
    this.connection.putReset(streamId, code);
  }

  /**
   * DATA or HEADERS on a stream that is not open.
   * @throws Http2ConnectionError STREAM_CLOSED or PROTOCOL_ERROR, unless the client could not know better
   */
  ignoreOrThrow(streamId: number, frame: string): void {
    if (streamId > this.acceptUpTo) return;
    this.requireUsed(streamId, frame);
    if (this.resets.has(streamId)) return;
    throw new Http2ConnectionError(H2_ERROR.STREAM_CLOSED, `${frame} on the closed stream ${streamId}`);
  }

  /** Streams that were never opened may not be spoken of (RFC 9113 §5.1, "idle"). */
  requireUsed(streamId: number, frame: string): void {
    if (streamId % 2 === 1 && (streamId <= this.lastStreamId || streamId > this.acceptUpTo)) return;
    throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `${frame} on the idle stream ${streamId}`);
  }
}
