/**
 * A frame as the fuzzer's peer sends it: nothing about it need be lawful, and the length in its header need not be that
 * of its payload.
 */
import { FLAG, FRAME, FRAME_HEADER_BYTES, readUint31, writeFrameHeader, writeUint32 } from "../frames.js";
import { encodedBytesAtMost, HpackEncoder, type HeaderField } from "../hpack-encoder.js";
import type { Draw } from "./draw.js";

export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
  /** What the header says, where that is not the payload's length. */
  readonly statedLength?: number;
}

export function frameBytes({ type, flags, streamId, payload, statedLength }: RawFrame): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(bytes, 0, statedLength ?? payload.length, type, flags, streamId);
  payload.copy(bytes, FRAME_HEADER_BYTES);
  return bytes;
}

/** A frame out of one of the writers of frames.ts. */
export function written(write: (into: Buffer, at: number) => number): RawFrame {
  const bytes = Buffer.alloc(512);
  const end = write(bytes, 0);
  return { type: bytes[3]!, flags: bytes[4]!, streamId: readUint31(bytes, 5), payload: bytes.subarray(9, end) };
}

/** Encodes header lists one after the other, as one side of one connection. */
export class BlockWriter {
  private readonly encoder: HpackEncoder;

  constructor(draw: Draw) {
    this.encoder = new HpackEncoder({ maxTableSize: draw.pick([0, 64, 300, 4096]), literalOnly: draw.chance(0.1) });
  }

  block(fields: readonly HeaderField[]): Buffer {
    const into = Buffer.allocUnsafe(encodedBytesAtMost(fields));
    return into.subarray(0, this.encoder.encode(fields, into, 0));
  }
}

/** A header block in frames, in one of the many ways in which that is lawful. */
export function headerFrames(draw: Draw, streamId: number, block: Buffer, endStream: boolean): RawFrame[] {
  const pieces = draw.chance(0.15) || block.length > 16_000 ? cut(draw, block) : [block];
  return pieces.map((piece, i) => {
    const last = i === pieces.length - 1 ? FLAG.END_HEADERS : 0;
    if (i > 0) return { type: FRAME.CONTINUATION, flags: last, streamId, payload: piece };
    const flags = last | (endStream ? FLAG.END_STREAM : 0);
    return padded(draw, prioritised(draw, { type: FRAME.HEADERS, flags, streamId, payload: piece }));
  });
}

/** DATA, the body cut into frames at random; `endStream` on the last. */
export function dataFrames(draw: Draw, streamId: number, body: Buffer, endStream: boolean): RawFrame[] {
  const pieces = draw.chance(0.3) || body.length > 16_000 ? cut(draw, body) : [body];
  return pieces.map((payload, i) => {
    const flags = endStream && i === pieces.length - 1 ? FLAG.END_STREAM : 0;
    return padded(draw, { type: FRAME.DATA, flags, streamId, payload });
  });
}

/** Pieces of at most 16,000 bytes, so that padding still fits into the smallest largest frame; some are empty. */
function cut(draw: Draw, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at < bytes.length || pieces.length === 0) {
    const size = Math.min(16_000, draw.chance(0.1) ? 0 : draw.between(1, Math.max(1, bytes.length)));
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

function padded(draw: Draw, frame: RawFrame): RawFrame {
  if (!draw.chance(0.1)) return frame;
  const padding = draw.chance(0.3) ? 0 : draw.between(1, 255);
  const payload = Buffer.concat([Buffer.from([padding]), frame.payload, Buffer.alloc(padding)]);
  return { ...frame, flags: frame.flags | FLAG.PADDED, payload };
}

function prioritised(draw: Draw, frame: RawFrame): RawFrame {
  if (!draw.chance(0.1)) return frame;
  return {
    ...frame,
    flags: frame.flags | FLAG.PRIORITY,
    payload: Buffer.concat([priority(draw, frame.streamId), frame.payload]),
  };
}

/** Five bytes of priority: any stream but this one. */
export function priority(draw: Draw, streamId: number): Buffer {
  const bytes = Buffer.alloc(5);
  const dependency = draw.pick([0, 1, 3, 5, 0x7fff_ffff]);
  writeUint32(bytes, 0, dependency === streamId ? 0 : dependency);
  bytes[4] = draw.below(256);
  return bytes;
}
