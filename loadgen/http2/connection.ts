/**
 * What both ends of an HTTP/2 connection do alike (RFC 9113): keep settings and the connection's windows, acknowledge,
 * gather what is to be sent, and say GOAWAY when the peer breaks the rules. Streams are kept elsewhere
 * (client-calls.ts, server-calls.ts), and what becomes of the connection is its owner's decision.
 *
 * It knows no socket: bytes come in by `receive` and go out to a ByteSink, so that tests and fuzzers can play the peer.
 * Errors of the connection are thrown as Http2ConnectionError anywhere below `receive`, and end in `fail`.
 */
import type { Nanoseconds } from "../units.js";
import { ReceiveWindow, widen } from "./flow-control.js";
import type { Goaway } from "./frame-payloads.js";
import {
  DEFAULT_MAX_FRAME_SIZE,
  DEFAULT_WINDOW_SIZE,
  FRAME_HEADER_BYTES,
  SETTING,
  writeGoaway,
  writePing,
  writeRstStream,
  writeSettings,
  writeSettingsAck,
  writeWindowUpdate,
} from "./frames.js";
import { FrameRouter, type ConnectionFrames } from "./frame-router.js";
import { HpackDecoder } from "./hpack-decoder.js";
import { HpackEncoder } from "./hpack-encoder.js";
import { H2_ERROR, Http2ConnectionError, http2ErrorName } from "./http2-error.js";
import { LARGEST_PAYLOAD_BYTES, OutputBuffer, type ByteSink } from "./output-buffer.js";
import type { StreamEvents } from "./stream-events.js";

/** Whoever answers for the connection as a whole. */
export interface ConnectionOwner {
  /** The highest stream of the peer that may have had an effect: it will not repeat that one elsewhere. */
  readonly lastPeerStream: number;
  /** The peer's settings have changed, or come for the first time. */
  onSettings(): void;
  onGoaway(goaway: Goaway): void;
  /** Our PING was answered. */
  onPong(): void;
  /** All that was read is handled: now it is time to send. */
  onBatchEnd(): void;
  /** Nothing more comes in or goes out; says why, for people. Called once. */
  onDown(reason: string): void;
}

export interface Http2ConnectionOptions {
  readonly role: "client" | "server";
  readonly sink: ByteSink;
  readonly clock: () => Nanoseconds;
  /** Our SETTINGS; anything left out has its default. */
  readonly settings: readonly (readonly [id: number, value: number])[];
  /** How much DATA all streams together may have under way to us. */
  readonly connectionWindow: number;
  readonly literalHeaders: boolean;
}

/** What the peer allows us (RFC 9113 §6.5.2). */
interface PeerSettings {
  maxConcurrentStreams: number;
  initialWindowSize: number;
  maxFrameSize: number;
}

/** In place of a MAX_CONCURRENT_STREAMS that the peer never sent: a number all the same, since JSON has no infinity. */
export const NO_STREAM_LIMIT = 0xffff_ffff;
const HEADER_TABLE_BYTES = 4096;
/** Header lists beyond it are refused (names + values + 32 each). */
const MAX_HEADER_LIST_BYTES = 64 * 1024;

export class Http2Connection<Calls extends StreamEvents = StreamEvents> implements ConnectionFrames {
  readonly output: OutputBuffer;
  readonly decoder = new HpackDecoder({
    maxTableSize: HEADER_TABLE_BYTES,
    maxHeaderListBytes: MAX_HEADER_LIST_BYTES,
  });
  readonly encoder: HpackEncoder;
  readonly peer: PeerSettings = {
    maxConcurrentStreams: NO_STREAM_LIMIT,
    initialWindowSize: DEFAULT_WINDOW_SIZE,
    maxFrameSize: DEFAULT_MAX_FRAME_SIZE,
  };
  /** How much DATA the peer takes on all streams together. */
  sendWindow = DEFAULT_WINDOW_SIZE;
  isDown = false;
  /** Bodies wait for the socket to take what was put out before them. */
  waitsForSocket = false;
  protocolErrors = 0;
  private windowBefore = DEFAULT_WINDOW_SIZE;
  readonly calls: Calls;
  private readonly router: FrameRouter;
  private readonly receiveWindow: ReceiveWindow;

  constructor(
    private readonly options: Http2ConnectionOptions,
    private readonly owner: ConnectionOwner,
    makeCalls: (connection: Http2Connection) => Calls,
  ) {
    this.output = new OutputBuffer(options.sink);
    this.encoder = new HpackEncoder({ maxTableSize: HEADER_TABLE_BYTES, literalOnly: options.literalHeaders });
    this.receiveWindow = new ReceiveWindow(options.connectionWindow);
    this.calls = makeCalls(this);
    this.router = new FrameRouter(options.role === "client" ? "server" : "client", this, this.calls);
  }

  /** When the bytes at hand were read. */
  get at(): Nanoseconds {
    return this.router.at;
  }

  now(): Nanoseconds {
    return this.options.clock();
  }

  /** The largest payload that we send in one frame. */
  get maxPayload(): number {
    return Math.min(this.peer.maxFrameSize, LARGEST_PAYLOAD_BYTES);
  }

  get hasPeerSettings(): boolean {
    return this.router.settingsSeen;
  }

  /** Our SETTINGS and the size of the connection's window. A client has put its preface before them. */
  putSettings(): void {
    const { settings, connectionWindow } = this.options;
    const at = this.output.reserve(256);
    const next = writeSettings(this.output.bytes, at, settings);
    this.output.commit(writeWindowUpdate(this.output.bytes, next, 0, connectionWindow - DEFAULT_WINDOW_SIZE));
  }

  /** Handles everything in `chunk[0 … length)`. The chunk may be reused as soon as this returns. */
  receive(chunk: Buffer, length: number = chunk.length): void {
    if (this.isDown) return;
    this.router.at = this.now();
    try {
      this.router.push(chunk, length);
      if (this.isDown) return;
      const increment = this.receiveWindow.due();
      if (increment > 0) this.putWindowUpdate(0, increment);
      this.owner.onBatchEnd();
    } catch (error) {
      if (!(error instanceof Http2ConnectionError)) throw error;
      this.fail(error);
    }
  }

  /** Hands everything that is ready to the socket. */
  flush(): void {
    do this.output.flush();
    while (this.refill());
  }

  /**
   * Behind a flush: puts out what had waited for the socket, if that has taken the rest at once; it says "drain" only
   * when it has not. Returns whether there is something to flush again.
   */
  refill(): boolean {
    if (this.isDown || !this.waitsForSocket || this.output.isBacklogged) return false;
    this.waitsForSocket = false;
    this.calls.onRoom();
    return !this.output.isEmpty;
  }

  /** The socket has taken everything that was written. */
  drained(): void {
    if (!this.isDown) this.calls.onRoom();
  }

  /** A stream was reset by the peer, or for its fault. @throws Http2ConnectionError ENHANCE_YOUR_CALM */
  countReset(): void {
    this.router.flood.count("resets", this.at);
  }

  /** The peer broke a rule on one stream. @throws Http2ConnectionError ENHANCE_YOUR_CALM */
  countStreamError(): void {
    this.protocolErrors++;
    this.countReset();
  }

  putGoaway(lastStreamId: number, code: number, text = ""): void {
    const at = this.output.reserve(FRAME_HEADER_BYTES + 8 + 255);
    this.output.commit(writeGoaway(this.output.bytes, at, lastStreamId, code, text));
  }

  putReset(streamId: number, code: number): void {
    const at = this.output.reserve(FRAME_HEADER_BYTES + 4);
    this.output.commit(writeRstStream(this.output.bytes, at, streamId, code));
  }

  putWindowUpdate(streamId: number, increment: number): void {
    const at = this.output.reserve(FRAME_HEADER_BYTES + 4);
    this.output.commit(writeWindowUpdate(this.output.bytes, at, streamId, increment));
  }

  putPing(opaque: Buffer): void {
    const at = this.output.reserve(FRAME_HEADER_BYTES + 8);
    this.output.commit(writePing(this.output.bytes, at, false, opaque));
  }

  /** Tells the peer what it did wrong, and closes. */
  fail(error: Http2ConnectionError): void {
    if (this.isDown) return;
    this.protocolErrors++;
    this.putGoaway(this.owner.lastPeerStream, error.code, error.message);
    this.shutDown(`protocol error by the peer: ${error.message} (${http2ErrorName(error.code)})`);
  }

  /** Sends what is ready, then closes the socket. */
  shutDown(reason: string): void {
    if (this.isDown) return;
    this.output.flush();
    this.options.sink.destroySoon();
    this.goDown(reason);
  }

  /** The socket is gone, or is to go at once. */
  abandon(reason: string): void {
    if (this.isDown) return;
    this.options.sink.destroy();
    this.goDown(reason);
  }

  onDataBytes(bytes: number): void {
    this.receiveWindow.take(bytes);
  }

  onSetting(id: number, value: number): void {
    if (id === SETTING.HEADER_TABLE_SIZE) this.encoder.setPeerTableSize(value);
    else if (id === SETTING.MAX_CONCURRENT_STREAMS) this.peer.maxConcurrentStreams = value;
    else if (id === SETTING.INITIAL_WINDOW_SIZE) this.peer.initialWindowSize = value;
    else if (id === SETTING.MAX_FRAME_SIZE) this.peer.maxFrameSize = value;
  }

  onSettingsEnd(): void {
    const at = this.output.reserve(FRAME_HEADER_BYTES);
    this.output.commit(writeSettingsAck(this.output.bytes, at));
    const change = this.peer.initialWindowSize - this.windowBefore;
    this.windowBefore = this.peer.initialWindowSize;
    if (change !== 0) this.calls.onInitialWindow(change);
    this.owner.onSettings();
  }

  onPing(payload: Buffer, start: number): void {
    const at = this.output.reserve(FRAME_HEADER_BYTES + 8);
    this.output.commit(writePing(this.output.bytes, at, true, payload, start));
  }

  onPong(): void {
    this.owner.onPong();
  }

  onGoaway(goaway: Goaway): void {
    this.owner.onGoaway(goaway);
  }

  onConnectionWindow(increment: number): void {
    this.sendWindow = widen(this.sendWindow, increment);
    if (Number.isNaN(this.sendWindow)) {
      throw new Http2ConnectionError(H2_ERROR.FLOW_CONTROL_ERROR, "the connection's window opened beyond 2^31 - 1");
    }
    this.calls.onRoom();
  }

  private goDown(reason: string): void {
    this.isDown = true;
    this.router.stop();
    this.owner.onDown(reason);
  }
}
