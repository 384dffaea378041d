/**
 * Sends header blocks: encoded, cut into HEADERS and CONTINUATION where the peer's largest frame asks for it, and
 * remembered as bytes where the same fields can be sent again without encoding them.
 */
import type { Http2Connection } from "./connection.js";
import { FLAG, FRAME, FRAME_HEADER_BYTES, writeFrameHeader, writeUint32 } from "./frames.js";
import { encodedBytesAtMost, type HeaderField } from "./hpack-encoder.js";

/** One header list that is sent over and over on one connection. */
export class RepeatedHeaders {
  /** The HEADERS frame, its stream identifier blank; valid while the encoder's generation is `generation`. */
  private frame = NOTHING;
  private generation = NaN;

  constructor(
    private readonly connection: Http2Connection,
    private readonly fields: readonly HeaderField[],
    private readonly flags: EndStream,
  ) {}

  put(streamId: number): void {
    const frame = this.current();
    if (frame === null) this.encode(streamId);
    else putFrame(this.connection, frame, streamId);
  }

  /** The frame as it can be sent now, its stream identifier blank; null when it must be encoded. */
  current(): Buffer | null {
    return this.generation === this.connection.encoder.generation ? this.frame : null;
  }

  private encode(streamId: number): void {
    const { encoder } = this.connection;
    const before = encoder.generation;
    const frame = putHeaders(this.connection, streamId, this.fields, this.flags);
    if (frame === null || encoder.generation !== before) return;
    this.frame = Buffer.from(frame);
    writeUint32(this.frame, STREAM_ID_AT, 0);
    this.generation = before;
  }
}

export type EndStream = typeof FLAG.END_STREAM | 0;

/** Of the stream identifier in a frame. */
export const STREAM_ID_AT = 5;

const NOTHING = Buffer.alloc(0);
let scratch = Buffer.allocUnsafeSlow(1024);

/** Puts the fields out as one header block. Returns its frame, for as long as nothing else is put out, if it took one. */
export function putHeaders(
  connection: Http2Connection,
  streamId: number,
  fields: readonly HeaderField[],
  endStream: EndStream,
): Buffer | null {
  const room = encodedBytesAtMost(fields);
  if (room > scratch.length) scratch = Buffer.allocUnsafeSlow(room);
  const size = connection.encoder.encode(fields, scratch, 0);
  const { output } = connection;
  if (size > connection.maxPayload) return putInPieces(connection, streamId, size, endStream);
  const at = output.reserve(FRAME_HEADER_BYTES + size);
  const next = writeFrameHeader(output.bytes, at, size, FRAME.HEADERS, endStream | FLAG.END_HEADERS, streamId);
  scratch.copy(output.bytes, next, 0, size);
  output.commit(next + size);
  return output.bytes.subarray(at, next + size);
}

function putInPieces(connection: Http2Connection, streamId: number, size: number, endStream: EndStream): null {
  const { output, maxPayload: largest } = connection;
  for (let from = 0; from < size; from += largest) {
    const to = Math.min(size, from + largest);
    const type = from === 0 ? FRAME.HEADERS : FRAME.CONTINUATION;
    const flags = (from === 0 ? endStream : 0) | (to === size ? FLAG.END_HEADERS : 0);
    const at = output.reserve(FRAME_HEADER_BYTES + to - from);
    const next = writeFrameHeader(output.bytes, at, to - from, type, flags, streamId);
    scratch.copy(output.bytes, next, from, to);
    output.commit(next + to - from);
  }
  return null;
}

/** Puts out a frame made before, for this stream. */
function putFrame(connection: Http2Connection, frame: Buffer, streamId: number): void {
  const { output } = connection;
  const at = output.reserve(frame.length);
  copySmall(frame, output.bytes, at);
  writeUint32(output.bytes, at + STREAM_ID_AT, streamId);
  output.commit(at + frame.length);
}

/** For a few dozen bytes a loop is faster than any call into the runtime. */
function copySmall(from: Buffer, into: Buffer, at: number): void {
  const { length } = from;
  for (let i = 0; i < length; i++) into[at + i] = from[i]!;
}
