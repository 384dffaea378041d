/**
 * Plays the socket of the endpoint under test and judges what it writes: whole frames, decodable header blocks, no
 * frame where its stream does not allow one, no DATA beyond what the peer's windows can have allowed.
 *
 * What the peer allowed is summed up from all it sent, without asking whether the endpoint has accepted it: an upper
 * bound, so that a mutated conversation is never judged wrongly.
 */
import { contentEnd, contentStart } from "../frame-payloads.js";
import {
  DEFAULT_MAX_FRAME_SIZE,
  DEFAULT_WINDOW_SIZE,
  FLAG,
  FRAME,
  FrameReader,
  PREFACE,
  readUint31,
  readUint32,
  SETTING,
} from "../frames.js";
import { HpackDecoder } from "../hpack-decoder.js";
import { DEFAULT_TABLE_BYTES } from "../hpack-dynamic-table.js";
import { Http2ConnectionError } from "../http2-error.js";
import type { ByteSink } from "../output-buffer.js";

/** What the endpoint said on one stream. */
export interface StreamRecord {
  /** Header lists as text, and DATA as its length and a checksum. */
  said: string[];
  dataBytes: number;
  ended: boolean;
  reset: number | null;
}

const LARGEST_FRAME = 0xff_ffff;

export class Referee implements ByteSink {
  writableLength = 0;
  readonly streams = new Map<number, StreamRecord>();
  /** Codes of GOAWAY. */
  readonly goaways: number[] = [];
  closed = false;
  bytesWritten = 0;
  private readonly problems: string[] = [];
  private stalled = false;
  private drainDue = false;
  private held: Buffer[] = [];
  private prefaceLeft: number;
  private readonly decoder = new HpackDecoder({ maxTableSize: DEFAULT_TABLE_BYTES, maxHeaderListBytes: Infinity });
  private block: { streamId: number; endStream: boolean; parts: Buffer[] } | null = null;
  private settingsSeen = false;
  private readonly output = new FrameReader(LARGEST_FRAME, (type, flags, streamId, payload, start, end) =>
    this.judge(type, flags, streamId, payload.subarray(start, end)),
  );

  private readonly input = new FrameReader(LARGEST_FRAME, (type, flags, streamId, payload, start, end) =>
    this.allow(type, flags, streamId, payload.subarray(start, end)),
  );
  private inputPrefaceLeft: number;
  private allowedFrame = DEFAULT_MAX_FRAME_SIZE;
  private allowedOnConnection = DEFAULT_WINDOW_SIZE;
  private allowedInitially = DEFAULT_WINDOW_SIZE;
  private readonly allowedOnStream = new Map<number, number>();
  private dataBytes = 0;
  /** HEADER_TABLE_SIZE of each SETTINGS that is not acknowledged yet. */
  private readonly tableSizes: number[][] = [];

  /** Where the bytes go that the socket has taken. */
  onTaken: ((bytes: Buffer) => void) | null = null;

  /** `role`: of the endpoint under test. */
  constructor(private readonly role: "client" | "server") {
    this.prefaceLeft = role === "client" ? PREFACE.length : 0;
    this.inputPrefaceLeft = role === "server" ? PREFACE.length : 0;
  }

  /** The first rule that was broken; null when none was. */
  get problem(): string | null {
    const cutOff = !this.stalled && this.output.pendingBytes > 0;
    return this.problems[0] ?? (cutOff ? "the output ends within a frame" : null);
  }

  /** Bytes that are about to be given to the endpoint. */
  sawInput(bytes: Buffer): void {
    const skipped = Math.min(this.inputPrefaceLeft, bytes.length);
    this.inputPrefaceLeft -= skipped;
    this.input.push(bytes.subarray(skipped));
  }

  write(bytes: Buffer): void {
    if (this.closed) this.problems.push("bytes written to a socket that was closed");
    this.bytesWritten += bytes.length;
    this.drainDue ||= this.stalled;
    if (!this.stalled) return this.read(bytes);
    // Not copied, as a socket does not: whoever writes over them breaks the frames.
    this.held.push(bytes);
    this.writableLength += bytes.length;
  }

  stall(): void {
    this.stalled = true;
  }

  unstall(): void {
    const { held } = this;
    this.held = [];
    this.stalled = false;
    for (const bytes of held) this.read(bytes);
    this.writableLength = 0;
  }

  /**
   * Whether the socket says "drain" now: Node's does so when it has taken what it could not take at once, and never when
   * the system took everything within `write`, however much that was.
   */
  takeDrain(): boolean {
    if (!this.drainDue || this.stalled || this.closed) return false;
    this.drainDue = false;
    return true;
  }

  destroySoon(): void {
    this.closed = true;
  }

  destroy(): void {
    this.closed = true;
    this.held = [];
    this.writableLength = 0;
  }

  private read(bytes: Buffer): void {
    const skipped = Math.min(this.prefaceLeft, bytes.length);
    const at = PREFACE.length - this.prefaceLeft;
    if (!bytes.subarray(0, skipped).equals(PREFACE.subarray(at, at + skipped))) this.problems.push("a wrong preface");
    this.prefaceLeft -= skipped;
    try {
      this.output.push(bytes.subarray(skipped));
    } catch (error) {
      // Not thrown on: it is the endpoint's fault, but not its exception.
      if (!(error instanceof Http2ConnectionError)) throw error;
      this.problems.push(`wrote what no peer accepts: ${error.message}`);
    }
    this.onTaken?.(Buffer.from(bytes));
  }

  private allow(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (type === FRAME.WINDOW_UPDATE && payload.length === 4) {
      const increment = readUint31(payload, 0);
      if (streamId === 0) this.allowedOnConnection += increment;
      else this.allowedOnStream.set(streamId, (this.allowedOnStream.get(streamId) ?? 0) + increment);
    } else if (type === FRAME.SETTINGS && (flags & FLAG.ACK) === 0) {
      const tableSizes: number[] = [];
      this.tableSizes.push(tableSizes);
      for (let at = 0; at + 6 <= payload.length; at += 6) {
        const id = payload.readUInt16BE(at);
        const value = readUint32(payload, at + 2);
        if (id === SETTING.HEADER_TABLE_SIZE) tableSizes.push(value);
        if (id === SETTING.INITIAL_WINDOW_SIZE) this.allowedInitially = Math.max(this.allowedInitially, value);
        if (id === SETTING.MAX_FRAME_SIZE) this.allowedFrame = Math.max(this.allowedFrame, value);
      }
    }
  }

  private judge(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (!this.settingsSeen && type !== FRAME.SETTINGS) this.problems.push("the first frame is not SETTINGS");
    this.settingsSeen = true;
    if (payload.length > this.allowedFrame) this.problems.push(`a frame of ${payload.length} bytes`);
    if (this.block !== null && type !== FRAME.CONTINUATION) this.problems.push("a frame within a header block");
    switch (type) {
      case FRAME.HEADERS:
        return this.beginBlock(flags, streamId, payload);
      case FRAME.CONTINUATION:
        return this.continueBlock(flags, streamId, payload);
      case FRAME.DATA:
        return this.judgeData(flags, streamId, payload);
      case FRAME.RST_STREAM:
        return this.judgeReset(streamId, payload);
      case FRAME.GOAWAY:
        this.goaways.push(readUint32(payload, 4));
        return;
      case FRAME.WINDOW_UPDATE:
        if (payload.length !== 4 || readUint31(payload, 0) === 0) this.problems.push("a malformed WINDOW_UPDATE");
        return;
      case FRAME.SETTINGS:
        if ((flags & FLAG.ACK) !== 0) this.acknowledge();
        return;
      case FRAME.PING:
        return;
      default:
        this.problems.push(`a frame of type ${type}`);
    }
  }

  /** From here on the endpoint's header tables are as large as was asked, and it says so. */
  private acknowledge(): void {
    const sizes = this.tableSizes.shift();
    if (sizes === undefined) this.problems.push("an acknowledgement of no settings");
    for (const size of sizes ?? []) this.decoder.setMaxTableSize(size);
  }

  private beginBlock(flags: number, streamId: number, payload: Buffer): void {
    const part = payload.subarray(contentStart(flags, 0), contentEnd(flags, payload, 0, payload.length));
    this.block = { streamId, endStream: (flags & FLAG.END_STREAM) !== 0, parts: [] };
    this.continueBlock(flags, streamId, part);
  }

  private continueBlock(flags: number, streamId: number, part: Buffer): void {
    if (this.block?.streamId !== streamId) return void this.problems.push("CONTINUATION of nothing");
    this.block.parts.push(Buffer.from(part));
    if ((flags & FLAG.END_HEADERS) === 0) return;
    const block = Buffer.concat(this.block.parts);
    const { endStream } = this.block;
    this.block = null;
    const fields: string[] = [];
    this.decoder.decode(block, 0, block.length, (name, value) => fields.push(`${name}: ${value}`));
    const stream = this.streamFor(streamId);
    this.requireOpen(streamId, stream, "HEADERS");
    stream.said.push(fields.join("\n"));
    stream.ended ||= endStream;
  }

  private judgeData(flags: number, streamId: number, payload: Buffer): void {
    const stream = this.streamFor(streamId);
    this.requireOpen(streamId, stream, "DATA");
    if (stream.said.length === 0) this.problems.push(`DATA before HEADERS on stream ${streamId}`);
    stream.dataBytes += payload.length;
    this.dataBytes += payload.length;
    const allowed = this.allowedInitially + (this.allowedOnStream.get(streamId) ?? 0);
    if (stream.dataBytes > allowed)
      this.problems.push(`${stream.dataBytes} bytes on stream ${streamId}, ${allowed} allowed`);
    if (this.dataBytes > this.allowedOnConnection) {
      this.problems.push(`${this.dataBytes} bytes on the connection, ${this.allowedOnConnection} allowed`);
    }
    stream.ended ||= (flags & FLAG.END_STREAM) !== 0;
  }

  private judgeReset(streamId: number, payload: Buffer): void {
    // A stream that the endpoint never spoke on may be refused; one may also be reset behind its end.
    const stream = this.streamFor(streamId);
    if (stream.reset !== null) this.problems.push(`stream ${streamId} was reset twice`);
    stream.reset = readUint32(payload, 0);
  }

  private streamFor(streamId: number): StreamRecord {
    let stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (streamId % 2 === 0) this.problems.push(`${this.role} speaks on stream ${streamId}`);
      stream = { said: [], dataBytes: 0, ended: false, reset: null };
      this.streams.set(streamId, stream);
    }
    return stream;
  }

  private requireOpen(streamId: number, stream: StreamRecord, frame: string): void {
    if (stream.ended || stream.reset !== null) this.problems.push(`${frame} on the closed stream ${streamId}`);
  }
}
