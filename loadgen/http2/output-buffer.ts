/**
 * Gathers the frames of many streams and hands them to the socket in one write.
 *
 * Easy to get wrong: bytes that the socket still holds must never be written over. libuv tries to send at once, and on
 * most writes nothing remains: then `writableLength` is 0 and the same memory serves again. Otherwise the buffer goes on
 * behind those bytes, and when its end is reached it takes new memory and leaves the old to whoever still reads it.
 */

/** The writing side of a socket, as far as HTTP/2 needs it; a `net.Socket` is one. */
export interface ByteSink {
  /** Must have copied or sent `bytes` by the time `writableLength` is back at 0. */
  write(bytes: Buffer): unknown;
  /** Bytes taken by `write` and not yet by the system. */
  readonly writableLength: number;
  /** Sends what was written, then closes. */
  destroySoon(): unknown;
  /** Closes at once. */
  destroy(): unknown;
}

/** Holds several hundred small calls, and several frames of the size that every peer must accept. */
const CHUNK_BYTES = 128 * 1024;

/**
 * What a connection begins with: enough for one small call. A connection for each call made so much garbage of whole
 * chunks that windows of half a second held five collections.
 */
const FIRST_CHUNK_BYTES = 4 * 1024;

/**
 * The largest payload that one frame of ours has, whatever the peer would take: HEADERS and DATA of a call fit into one
 * chunk together.
 */
export const LARGEST_PAYLOAD_BYTES = 63 * 1024;

/** As many bytes as one connection may leave to be taken. */
export const MAX_BACKLOG_BYTES = 1024 * 1024;

export class OutputBuffer {
  /** Writers fill `bytes` from the offset that `reserve` returns, and end with `commit`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_CHUNK_BYTES);
  writes = 0;
  private end = 0;
  private writtenTo = 0;
  /** Filled memory that waits for the next flush. */
  private full: Buffer[] = [];
  private fullBytes = 0;

  constructor(private readonly sink: ByteSink) {}

  /** Where `size` bytes may be put: at most CHUNK_BYTES. Nothing is written before `flush`. */
  reserve(size: number): number {
    if (this.end + size > this.bytes.length) this.takeNewMemory(size);
    return this.end;
  }

  /** Everything up to `end` is ready to be sent. */
  commit(end: number): void {
    this.end = end;
  }

  get isEmpty(): boolean {
    return this.end === this.writtenTo && this.fullBytes === 0;
  }

  /** Bytes that wait: for a flush, or in the socket because the peer does not read. */
  get backlog(): number {
    return this.sink.writableLength + this.fullBytes + this.end - this.writtenTo;
  }

  /** More waits than should: bodies, and calls that are not started yet, wait as if the peer's window were shut. */
  get isBacklogged(): boolean {
    return this.backlog > MAX_BACKLOG_BYTES;
  }

  flush(): void {
    if (this.fullBytes > 0) this.writeFull();
    if (this.end === this.writtenTo) return;
    this.writes++;
    this.sink.write(this.bytes.subarray(this.writtenTo, this.end));
    if (this.sink.writableLength === 0) this.end = 0;
    this.writtenTo = this.end;
  }

  private writeFull(): void {
    for (const piece of this.full) this.sink.write(piece);
    this.writes += this.full.length;
    this.full = [];
    this.fullBytes = 0;
  }

  private takeNewMemory(size: number): void {
    if (size <= this.bytes.length && this.isEmpty && this.sink.writableLength === 0) {
      // The last write was taken late, as TLS does with every write.
      this.end = this.writtenTo = 0;
      return;
    }
    if (this.end > this.writtenTo) {
      this.full.push(this.bytes.subarray(this.writtenTo, this.end));
      this.fullBytes += this.end - this.writtenTo;
    }
    this.bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.end = this.writtenTo = 0;
  }
}
