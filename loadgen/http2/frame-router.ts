/**
 * The way of a frame from the socket to whoever it concerns: cut, checked as far as RFC 9113 §6 can be checked without
 * knowing streams, put together where a header block came in pieces, counted where a peer could overdo it.
 */
import type { Nanoseconds } from "../units.js";
import { FloodGuard } from "./flood-guard.js";
import {
  checkHeadersPriority,
  checkPing,
  checkPriority,
  contentEnd,
  contentStart,
  parseGoaway,
  parseRstStream,
  parseSettings,
  parseWindowUpdate,
  PRIORITY_BYTES,
  requireStreamFrame,
  type Goaway,
} from "./frame-payloads.js";
import { DEFAULT_MAX_FRAME_SIZE, FLAG, FRAME, FrameReader } from "./frames.js";
import { HeaderAssembler } from "./header-assembler.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";
import type { StreamEvents } from "./stream-events.js";

/** What concerns the connection as a whole. */
export interface ConnectionFrames {
  /** A payload of DATA, padding included: counts against the connection's window. */
  onDataBytes(bytes: number): void;
  onSetting(id: number, value: number): void;
  /** All settings of a frame were told. */
  onSettingsEnd(): void;
  /** To be answered with the eight bytes at `start`. */
  onPing(payload: Buffer, start: number): void;
  onPong(): void;
  onGoaway(goaway: Goaway): void;
  onConnectionWindow(increment: number): void;
}

export class FrameRouter {
  readonly flood = new FloodGuard();
  /** When the bytes at hand were read. */
  at = 0 as Nanoseconds;
  settingsSeen = false;
  private readonly reader = new FrameReader(DEFAULT_MAX_FRAME_SIZE, (type, flags, streamId, payload, start, end) =>
    this.route(type, flags, streamId, payload, start, end),
  );
  private readonly assembler = new HeaderAssembler();

  constructor(
    private readonly sender: "client" | "server",
    private readonly connection: ConnectionFrames,
    private readonly streams: StreamEvents,
  ) {}

  /** @throws Http2ConnectionError for whatever the peer must not do */
  push(chunk: Buffer, length: number): void {
    this.reader.push(chunk, length);
  }

  stop(): void {
    this.reader.stop();
  }

  private route(type: number, flags: number, streamId: number, payload: Buffer, start: number, end: number): void {
    if (!this.settingsSeen) requireSettings(type, flags);
    if (this.assembler.streamId !== 0) this.requireContinuation(type, streamId);
    switch (type) {
      case FRAME.DATA:
        return this.onData(flags, streamId, payload, start, end);
      case FRAME.HEADERS:
        return this.onHeaders(flags, streamId, payload, start, end);
      case FRAME.CONTINUATION:
        return this.onContinuation(flags, streamId, payload, start, end);
      case FRAME.WINDOW_UPDATE:
        return this.onWindowUpdate(streamId, parseWindowUpdate(streamId, payload, start, end));
      case FRAME.RST_STREAM:
        return this.streams.onReset(streamId, parseRstStream(streamId, payload, start, end));
      case FRAME.SETTINGS:
        return this.onSettings(flags, streamId, payload, start, end);
      case FRAME.PING:
        return this.onPing(flags, streamId, payload, start, end);
      case FRAME.GOAWAY:
        return this.connection.onGoaway(parseGoaway(streamId, payload, start, end));
      case FRAME.PRIORITY:
        return this.onPriority(streamId, payload, start, end);
      case FRAME.PUSH_PROMISE:
        throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, "PUSH_PROMISE, which nobody allowed");
      default:
        // Unknown types are ignored (RFC 9113 §4.1), but not without end.
        return this.flood.count("idleFrames", this.at);
    }
  }

  private requireContinuation(type: number, streamId: number): void {
    if (type === FRAME.CONTINUATION && streamId === this.assembler.streamId) return;
    throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a frame in the midst of a header block");
  }

  private onData(flags: number, streamId: number, payload: Buffer, start: number, end: number): void {
    requireStreamFrame("DATA", streamId);
    this.connection.onDataBytes(end - start);
    const endStream = (flags & FLAG.END_STREAM) !== 0;
    if (start === end && !endStream) this.flood.count("idleFrames", this.at);
    const dataEnd = contentEnd(flags, payload, start, end);
    this.streams.onData(streamId, endStream, payload, contentStart(flags, start), dataEnd, end - start);
  }

  private onHeaders(flags: number, streamId: number, payload: Buffer, start: number, end: number): void {
    requireStreamFrame("HEADERS", streamId);
    const blockEnd = contentEnd(flags, payload, start, end);
    let blockStart = contentStart(flags, start);
    let streamError: number = H2_ERROR.NO_ERROR;
    if ((flags & FLAG.PRIORITY) !== 0) {
      streamError = checkHeadersPriority(streamId, payload, blockStart, blockEnd);
      blockStart += PRIORITY_BYTES;
    }
    const endStream = (flags & FLAG.END_STREAM) !== 0;
    if ((flags & FLAG.END_HEADERS) !== 0) {
      this.streams.onHeaders(streamId, endStream, streamError, payload, blockStart, blockEnd);
    } else {
      this.assembler.begin(streamId, endStream, streamError, payload, blockStart, blockEnd);
    }
  }

  private onContinuation(flags: number, streamId: number, payload: Buffer, start: number, end: number): void {
    if (this.assembler.streamId === 0) {
      throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, "CONTINUATION without a header block to continue");
    }
    this.assembler.append(payload, start, end);
    if ((flags & FLAG.END_HEADERS) === 0) return;
    const { endStream, streamError } = this.assembler;
    const block = this.assembler.finish();
    this.streams.onHeaders(streamId, endStream, streamError, block, 0, block.length);
  }

  private onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) this.connection.onConnectionWindow(increment);
    else if (increment === 0) this.streams.onStreamError(streamId, H2_ERROR.PROTOCOL_ERROR);
    else this.streams.onStreamWindow(streamId, increment);
  }

  private onSettings(flags: number, streamId: number, payload: Buffer, start: number, end: number): void {
    parseSettings(this.sender, flags, streamId, payload, start, end, this.onSetting);
    if ((flags & FLAG.ACK) !== 0) return;
    this.flood.count("settings", this.at);
    this.settingsSeen = true;
    this.connection.onSettingsEnd();
  }

  private readonly onSetting = (id: number, value: number): void => this.connection.onSetting(id, value);

  private onPing(flags: number, streamId: number, payload: Buffer, start: number, end: number): void {
    checkPing(streamId, start, end);
    if ((flags & FLAG.ACK) !== 0) return this.connection.onPong();
    this.flood.count("pings", this.at);
    this.connection.onPing(payload, start);
  }

  private onPriority(streamId: number, payload: Buffer, start: number, end: number): void {
    this.flood.count("idleFrames", this.at);
    const error = checkPriority(streamId, payload, start, end);
    if (error !== H2_ERROR.NO_ERROR) this.streams.onStreamError(streamId, error);
  }
}

/** The first frame of either side (RFC 9113 §3.4). */
function requireSettings(type: number, flags: number): void {
  if (type === FRAME.SETTINGS && (flags & FLAG.ACK) === 0) return;
  throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, "the first frame is not SETTINGS");
}
