/**
 * Plays the socket of the endpoint under test and judges what it writes: whole frames, decodable header blocks, no
 * frame where its stream does not allow one, no DATA beyond what the peer's windows can have allowed.
 */
import { contentEnd, contentStart } from "../frame-payloads.js";
import { FLAG, FRAME, FrameReader, LARGEST_MAX_FRAME_SIZE, PREFACE, readUint31, readUint32 } from "../frames.js";
import { HpackDecoder } from "../hpack-decoder.js";
import { DEFAULT_TABLE_BYTES } from "../hpack-dynamic-table.js";
import { Http2ConnectionError } from "../http2-error.js";
import type { ByteSink } from "../output-buffer.js";
import { PeerAllowance } from "./peer-allowance.js";

/** What the endpoint said on one stream. */
export interface StreamRecord {
  /** Header lists as text. */
  said: string[];
  dataBytes: number;
  ended: boolean;
  reset: number | null;
}

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
  private readonly output = new FrameReader(LARGEST_MAX_FRAME_SIZE, (type, flags, streamId, payload, start, end) =>
    this.judge(type, flags, streamId, payload.subarray(start, end)),
  );

  private readonly allowance: PeerAllowance;
  private dataBytes = 0;

  /** Where the bytes go that the socket has taken. */
  onTaken: ((bytes: Buffer) => void) | null = null;

  /** `role`: of the endpoint under test. */
  constructor(private readonly role: "client" | "server") {
    this.prefaceLeft = role === "client" ? PREFACE.length : 0;
    this.allowance = new PeerAllowance(role === "server");
  }

  /** The first rule that was broken; null when none was. */
  get problem(): string | null {
    const cutOff = !this.stalled && this.output.pendingBytes > 0;
    return this.problems[0] ?? (cutOff ? "the output ends within a frame" : null);
  }

  /** Bytes that are about to be given to the endpoint. */
  sawInput(bytes: Buffer): void {
    this.allowance.add(bytes);
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

  private judge(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (!this.settingsSeen && type !== FRAME.SETTINGS) this.problems.push("the first frame is not SETTINGS");
    this.settingsSeen = true;
    if (payload.length > this.allowance.frameBytes) this.problems.push(`a frame of ${payload.length} bytes`);
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
    const sizes = this.allowance.acknowledged();
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
    const allowed = this.allowance.onStream(streamId);
    if (stream.dataBytes > allowed)
      this.problems.push(`${stream.dataBytes} bytes on stream ${streamId}, ${allowed} allowed`);
    if (this.dataBytes > this.allowance.onConnection) {
      this.problems.push(`${this.dataBytes} bytes on the connection, ${this.allowance.onConnection} allowed`);
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
