/**
 * The other end of a connection, for tests: makes frames byte by byte, lawful or not, and reads what was sent. Nothing
 * in the product uses it.
 */
import { FLAG, FRAME, FRAME_HEADER_BYTES, FrameReader, PREFACE, writeFrameHeader, writeUint32 } from "./frames.js";
import { HpackDecoder } from "./hpack-decoder.js";
import { encodedBytesAtMost, HpackEncoder, type HeaderField } from "./hpack-encoder.js";
import type { ByteSink } from "./output-buffer.js";

/** A socket that keeps what is written, and takes it at once unless it is told to hold. */
export class MemorySink implements ByteSink {
  private written: Buffer[] = [];
  /** Number of writes. */
  writes = 0;
  /** How it was closed, if it was. */
  closed: "soon" | "at once" | null = null;
  writableLength = 0;
  /** Nothing written is taken by the system any more. */
  holding = false;

  write(bytes: Buffer): void {
    this.writes++;
    this.written.push(Buffer.from(bytes));
    if (this.holding) this.writableLength += bytes.length;
  }

  /** Everything written was taken: "drain" comes next. */
  release(): void {
    this.holding = false;
    this.writableLength = 0;
  }

  destroySoon(): void {
    this.closed ??= "soon";
  }

  destroy(): void {
    this.closed ??= "at once";
  }

  /** What was written since it was taken last. */
  take(): Buffer {
    const bytes = Buffer.concat(this.written);
    this.written = [];
    return bytes;
  }
}

export interface PlayedFrame {
  readonly type: string;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

const TYPE_NAMES = Object.fromEntries(Object.entries(FRAME).map(([name, type]) => [type, name]));

/** Frames as bytes, and bytes as frames, with the header tables of one connection. */
export class PlayedPeer {
  private readonly encoder = new HpackEncoder({ maxTableSize: 4096, literalOnly: false });
  private readonly decoder = new HpackDecoder({ maxTableSize: 4096, maxHeaderListBytes: 1 << 20 });

  frame(type: number, flags: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
    const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
    payload.copy(bytes, writeFrameHeader(bytes, 0, payload.length, type, flags, streamId));
    return bytes;
  }

  settings(settings: readonly (readonly [id: number, value: number])[] = []): Buffer {
    const payload = Buffer.alloc(settings.length * 6);
    for (const [i, [id, value]] of settings.entries()) {
      payload.writeUInt16BE(id, i * 6);
      payload.writeUInt32BE(value, i * 6 + 2);
    }
    return this.frame(FRAME.SETTINGS, 0, 0, payload);
  }

  /** The beginning of a client: preface and settings. */
  preface(settings: readonly (readonly [id: number, value: number])[] = []): Buffer {
    return Buffer.concat([PREFACE, this.settings(settings)]);
  }

  block(fields: readonly HeaderField[]): Buffer {
    const bytes = Buffer.alloc(encodedBytesAtMost(fields));
    return bytes.subarray(0, this.encoder.encode(fields, bytes, 0));
  }

  headers(streamId: number, fields: readonly HeaderField[], endStream = false): Buffer {
    const flags = FLAG.END_HEADERS | (endStream ? FLAG.END_STREAM : 0);
    return this.frame(FRAME.HEADERS, flags, streamId, this.block(fields));
  }

  data(streamId: number, payload: Buffer, endStream = false): Buffer {
    return this.frame(FRAME.DATA, endStream ? FLAG.END_STREAM : 0, streamId, payload);
  }

  windowUpdate(streamId: number, increment: number): Buffer {
    return this.frame(FRAME.WINDOW_UPDATE, 0, streamId, uint32(increment));
  }

  reset(streamId: number, code: number): Buffer {
    return this.frame(FRAME.RST_STREAM, 0, streamId, uint32(code));
  }

  goaway(lastStreamId: number, code: number): Buffer {
    return this.frame(FRAME.GOAWAY, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code)]));
  }

  /** What bytes of the connection under test say; a client's preface is left out. */
  read(bytes: Buffer): PlayedFrame[] {
    const from = bytes.subarray(0, PREFACE.length).equals(PREFACE) ? PREFACE.length : 0;
    const frames: PlayedFrame[] = [];
    const reader = new FrameReader(1 << 24, (type, flags, streamId, payload, start, end) =>
      frames.push({
        type: TYPE_NAMES[type] ?? String(type),
        flags,
        streamId,
        payload: Buffer.from(payload.subarray(start, end)),
      }),
    );
    reader.push(bytes.subarray(from));
    return frames;
  }

  /** Must see every block of the connection, in order. */
  fields(block: Buffer): HeaderField[] {
    const fields: HeaderField[] = [];
    this.decoder.decode(block, 0, block.length, (name, value) => fields.push([name, value]));
    return fields;
  }
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

/** A message with its prefix. */
export function framed(message: Buffer, compressed = 0): Buffer {
  return Buffer.concat([Buffer.from([compressed]), uint32(message.length), message]);
}

/** `RST_STREAM 1 CANCEL`, `SETTINGS ack`, `DATA 3 end`: frames as a test reads them. */
export function describeFrame({ type, flags, streamId, payload }: PlayedFrame): string {
  const stream = streamId === 0 ? "" : ` ${streamId}`;
  switch (type) {
    case "SETTINGS":
    case "PING":
      return (flags & FLAG.ACK) === 0 ? type : `${type} ack`;
    case "RST_STREAM":
      return `${type}${stream} ${payload.readUInt32BE(0)}`;
    case "GOAWAY":
      return `${type} last ${payload.readUInt32BE(0)} code ${payload.readUInt32BE(4)}`;
    case "WINDOW_UPDATE":
      return `${type} ${streamId} +${payload.readUInt32BE(0)}`;
    case "DATA":
      return `${type}${stream} ${payload.length} bytes${(flags & FLAG.END_STREAM) === 0 ? "" : " end"}`;
    case "HEADERS":
      return `${type}${stream}${(flags & FLAG.END_STREAM) === 0 ? "" : " end"}`;
    default:
      return `${type}${stream}`;
  }
}
