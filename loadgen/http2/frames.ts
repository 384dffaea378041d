/**
 * HTTP/2 frames (RFC 9113 §4 and §6): names of the numbers, the streaming reader, the writers. Knows bytes and nothing
 * of streams, windows or header fields.
 *
 * Easy to get wrong: a payload handed to `onFrame` is valid during that call only (the socket reuses its buffer), and
 * the reserved bit of a stream identifier must be ignored.
 */
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const FLAG = {
  END_STREAM: 0x1,
  /** On SETTINGS and PING. */
  ACK: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

export const FRAME_HEADER_BYTES = 9;
/** What a peer may send before it has seen our settings, and the least we may ask for (RFC 9113 §6.5.2). */
export const DEFAULT_MAX_FRAME_SIZE = 16_384;
export const LARGEST_MAX_FRAME_SIZE = 0xff_ffff;
export const DEFAULT_WINDOW_SIZE = 65_535;
export const MAX_WINDOW_SIZE = 0x7fff_ffff;
export const MAX_STREAM_ID = 0x7fff_ffff;

/** The first bytes of a client (RFC 9113 §3.4); its SETTINGS frame follows. */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** A frame's payload is `payload[start … end)`, valid until the listener returns. */
export type FrameListener = (
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer,
  start: number,
  end: number,
) => void;

/**
 * Cuts a byte stream into frames. Whole frames are parsed where they lie; only the beginning of an unfinished one is
 * copied, and its frame alone is delivered from the copy. Holds at most one frame, grown as its bytes arrive, so that a
 * peer cannot reserve memory with a header alone.
 */
export class FrameReader {
  private held = Buffer.allocUnsafe(256);
  private heldBytes = 0;
  private stopped = false;

  constructor(
    private readonly maxFrameSize: number,
    private readonly onFrame: FrameListener,
  ) {}

  /**
   * Delivers every frame that `chunk[0 … length)` completes.
   * @throws Http2ConnectionError FRAME_SIZE_ERROR for a frame larger than announced, as soon as its header is read
   */
  push(chunk: Buffer, length: number = chunk.length): void {
    let at = this.heldBytes > 0 ? this.completeHeld(chunk, length) : 0;
    while (!this.stopped && length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + this.payloadBytes(chunk, at);
      if (end > length) break;
      this.deliver(chunk, at, end);
      at = end;
    }
    if (!this.stopped && at < length) this.hold(chunk, at, length);
  }

  /** No frame is delivered from now on, not even those left in the chunk at hand. */
  stop(): void {
    this.stopped = true;
    this.heldBytes = 0;
  }

  /** Bytes of an unfinished frame that wait for the rest: at the end of the input, what was cut off. */
  get pendingBytes(): number {
    return this.heldBytes;
  }

  /** Fills up the unfinished frame from a new chunk and delivers it when whole; returns where to go on. */
  private completeHeld(chunk: Buffer, length: number): number {
    let at = 0;
    if (this.heldBytes < FRAME_HEADER_BYTES) {
      at = Math.min(FRAME_HEADER_BYTES - this.heldBytes, length);
      this.hold(chunk, 0, at);
      if (this.heldBytes < FRAME_HEADER_BYTES) return at;
    }
    const whole = FRAME_HEADER_BYTES + this.payloadBytes(this.held, 0);
    const taken = Math.min(whole - this.heldBytes, length - at);
    this.hold(chunk, at, at + taken);
    if (this.heldBytes === whole) {
      this.heldBytes = 0;
      this.deliver(this.held, 0, whole);
    }
    return at + taken;
  }

  private hold(chunk: Buffer, start: number, end: number): void {
    const needed = this.heldBytes + end - start;
    if (needed > this.held.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.held.length * 2));
      this.held.copy(larger, 0, 0, this.heldBytes);
      this.held = larger;
    }
    chunk.copy(this.held, this.heldBytes, start, end);
    this.heldBytes = needed;
  }

  private payloadBytes(buffer: Buffer, at: number): number {
    const bytes = (buffer[at]! << 16) | (buffer[at + 1]! << 8) | buffer[at + 2]!;
    if (bytes > this.maxFrameSize) {
      throw new Http2ConnectionError(
        H2_ERROR.FRAME_SIZE_ERROR,
        `a frame of ${bytes} bytes, more than the ${this.maxFrameSize} announced`,
      );
    }
    return bytes;
  }

  private deliver(buffer: Buffer, at: number, end: number): void {
    const type = buffer[at + 3]!;
    const flags = buffer[at + 4]!;
    this.onFrame(type, flags, readUint31(buffer, at + 5), buffer, at + FRAME_HEADER_BYTES, end);
  }
}

/** A number of 31 bits; the reserved bit above it is ignored (RFC 9113 §4.1, §6.9). */
export function readUint31(buffer: Buffer, at: number): number {
  return ((buffer[at]! & 0x7f) << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
}

export function readUint32(buffer: Buffer, at: number): number {
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0;
}

export function writeUint32(into: Buffer, at: number, value: number): number {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
  return at + 4;
}

/** Writes the nine bytes before a payload; returns the offset behind them, as all writers here do. */
export function writeFrameHeader(
  into: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  into[at] = length >>> 16;
  into[at + 1] = length >>> 8;
  into[at + 2] = length;
  into[at + 3] = type;
  into[at + 4] = flags;
  return writeUint32(into, at + 5, streamId);
}

export function writeSettings(
  into: Buffer,
  at: number,
  settings: readonly (readonly [id: number, value: number])[],
): number {
  let next = writeFrameHeader(into, at, settings.length * 6, FRAME.SETTINGS, 0, 0);
  for (const [id, value] of settings) {
    into[next] = id >>> 8;
    into[next + 1] = id;
    next = writeUint32(into, next + 2, value);
  }
  return next;
}

export function writeSettingsAck(into: Buffer, at: number): number {
  return writeFrameHeader(into, at, 0, FRAME.SETTINGS, FLAG.ACK, 0);
}

/** A PING with the eight bytes of `opaque` from `opaqueAt` on. */
export function writePing(into: Buffer, at: number, ack: boolean, opaque: Buffer, opaqueAt = 0): number {
  const next = writeFrameHeader(into, at, 8, FRAME.PING, ack ? FLAG.ACK : 0, 0);
  opaque.copy(into, next, opaqueAt, opaqueAt + 8);
  return next + 8;
}

/** `debug` is text for the people at the other end: at most 255 bytes of it are sent. */
export function writeGoaway(into: Buffer, at: number, lastStreamId: number, code: number, debug = ""): number {
  const text = Buffer.from(debug).subarray(0, 255);
  writeFrameHeader(into, at, 8 + text.length, FRAME.GOAWAY, 0, 0);
  writeUint32(into, at + FRAME_HEADER_BYTES, lastStreamId);
  const next = writeUint32(into, at + FRAME_HEADER_BYTES + 4, code);
  text.copy(into, next);
  return next + text.length;
}

export function writeRstStream(into: Buffer, at: number, streamId: number, code: number): number {
  return writeUint32(into, writeFrameHeader(into, at, 4, FRAME.RST_STREAM, 0, streamId), code);
}

/** `streamId` 0 opens the connection's window. `increment` is 1 to 2^31 − 1. */
export function writeWindowUpdate(into: Buffer, at: number, streamId: number, increment: number): number {
  return writeUint32(into, writeFrameHeader(into, at, 4, FRAME.WINDOW_UPDATE, 0, streamId), increment);
}
