/**
 * The streams of one client connection: their identifiers, which are open, and what may still come on those that are not
 * (RFC 9113 §5.1). What a call means is client-calls.ts's business.
 */
import { ClientStream } from "./client-stream.js";
import type { Http2Connection } from "./connection.js";
import { MAX_STREAM_ID } from "./frames.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";
import { ResetMemory } from "./reset-memory.js";
import { StreamTable } from "./stream-table.js";

export class ClientStreams {
  private readonly table = new StreamTable(() => new ClientStream());
  private readonly resets = new ResetMemory();
  private nextId = 1;

  constructor(private readonly connection: Http2Connection) {}

  get size(): number {
    return this.table.size;
  }

  /** Identifiers are never used twice (RFC 9113 §5.1.1): after 2^30 calls the connection has to be another. */
  get identifiersLeft(): boolean {
    return this.nextId <= MAX_STREAM_ID;
  }

  find(streamId: number): ClientStream | undefined {
    return this.table.find(streamId);
  }

  all(): ClientStream[] {
    return this.table.all();
  }

  open(): ClientStream {
    const stream = this.table.open(this.nextId);
    this.nextId += 2;
    return stream;
  }

  close(stream: ClientStream): void {
    this.table.close(stream);
  }

  /** What still comes on the stream was sent before the peer knew, and is ignored. */
  putReset(streamId: number, code: number): void {
    if (this.connection.isDown) return;
    this.resets.add(streamId);
    this.connection.putReset(streamId, code);
  }

  /**
   * DATA or HEADERS on a stream that is not open.
   * @throws Http2ConnectionError STREAM_CLOSED or PROTOCOL_ERROR, unless the peer could not know better
   */
  ignoreOrThrow(streamId: number, frame: string): void {
    this.requireUsed(streamId, frame);
    if (this.resets.has(streamId)) return;
    throw new Http2ConnectionError(H2_ERROR.STREAM_CLOSED, `${frame} on the closed stream ${streamId}`);
  }

  /** Streams that were never opened may not be spoken of (RFC 9113 §5.1, "idle"); nothing was ever pushed. */
  requireUsed(streamId: number, frame: string): void {
    if (streamId % 2 === 1 && streamId < this.nextId) return;
    throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `${frame} on the idle stream ${streamId}`);
  }
}
