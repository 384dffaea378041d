/**
 * The calls of one client connection: puts requests out, judges answers, keeps deadlines, tells the listener.
 *
 * The hot path allocates nothing once the pools are warm: a request is one copy of bytes made before (call-images.ts),
 * an answer is judged where it lies (unary-answer.ts), equal header blocks are recognised (header-block-memo.ts).
 *
 * Easy to get wrong: a listener may start, flush or close from within any of its calls, so a stream's object is given
 * back before the listener is told, and nothing of it is used afterwards.
 */
import { statusOfReset } from "../grpc/http-status-mapping.js";
import { GRPC_STATUS } from "../grpc/status.js";
import type { CallListener, PreparedCall } from "../transport.js";
import type { Nanoseconds } from "../units.js";
import { BodyQueue } from "./body-queue.js";
import type { CallImage, CallImages } from "./call-images.js";
import { AWAITS, type ClientStream } from "./client-stream.js";
import { ClientStreams } from "./client-streams.js";
import type { Http2Connection } from "./connection.js";
import { Deadlines } from "./deadlines.js";
import { widen, widenAll } from "./flow-control.js";
import { FLAG, writeUint32 } from "./frames.js";
import { HeaderBlockMemo } from "./header-block-memo.js";
import { STREAM_ID_AT } from "./header-frames.js";
import { H2_ERROR, http2ErrorName } from "./http2-error.js";
import { PutCalls } from "./put-calls.js";
import { ResponseFieldsReader, type ResponseFields } from "./response-fields.js";
import type { StreamEvents } from "./stream-events.js";
import { concludeWithoutTrailers, malformed, readBody, readHead, readTrailers, type CallEnd } from "./unary-answer.js";

export class ClientCalls implements StreamEvents {
  /** Streams have become free since somebody last set this to false. */
  someEnded = false;
  readonly streams: ClientStreams;
  private readonly bodies: BodyQueue<ClientStream>;
  private readonly deadlines = new Deadlines<ClientStream>();
  private readonly put = new PutCalls();
  private readonly fieldsReader: ResponseFieldsReader;
  private readonly memo: HeaderBlockMemo<ResponseFields>;
  private readonly keepMessages: boolean;

  constructor(
    private readonly connection: Http2Connection,
    private readonly images: CallImages,
    private readonly listener: CallListener,
  ) {
    this.streams = new ClientStreams(connection);
    this.keepMessages = listener.onMessage !== undefined;
    this.bodies = new BodyQueue(connection, FLAG.END_STREAM, (stream) => this.requestWasPut(stream));
    this.fieldsReader = new ResponseFieldsReader(connection.decoder);
    this.memo = new HeaderBlockMemo(connection.decoder);
  }

  start(call: PreparedCall, tag: number): void {
    const image = this.images.of(call);
    const stream = this.streams.open();
    stream.begin(tag, call.timeoutNs, this.connection.peer.initialWindowSize);
    const bytes = this.fitsAtOnce(image) ? image.current() : null;
    if (bytes !== null) {
      this.putImage(image, bytes, stream.id);
      this.requestWasPut(stream);
    } else {
      image.headers.put(stream.id);
      this.bodies.send(stream, call.message);
      if (!stream.requestPut) this.watch(stream, this.connection.now());
    }
  }

  get someWerePut(): boolean {
    return !this.put.isEmpty;
  }

  /** Everything that was put is being written, now. */
  tellSent(at: Nanoseconds): void {
    this.put.take((stream) => {
      stream.sent = true;
      this.watch(stream, at);
      this.listener.onSent(stream.tag, at);
    });
  }

  /** Ends the calls whose deadline has come; the peer is told to stop. */
  expire(at: Nanoseconds): void {
    this.deadlines.expire(at, (stream) => this.end(stream, EXPIRED, EXPIRED.resetCode, at));
  }

  /** Ends the calls above `streamId`: all of them for 0. Nothing is sent on their streams. */
  endAbove(streamId: number, status: number, detail: string, at: Nanoseconds): void {
    const verdict = { status, detail, resetCode: H2_ERROR.NO_ERROR };
    for (const stream of this.streams.all()) if (stream.id > streamId) this.end(stream, verdict, SILENTLY, at);
  }

  onHeaders(
    streamId: number,
    endStream: boolean,
    streamError: number,
    block: Buffer,
    start: number,
    end: number,
  ): void {
    const fields = this.memo.recall(block, start, end) ?? this.decode(block, start, end);
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.streams.ignoreOrThrow(streamId, "HEADERS");
    const problem = streamError === H2_ERROR.NO_ERROR ? fields.problem : "a stream that depends on itself";
    if (problem !== null) return this.endFaulty(stream, malformed(problem), endStream);
    const verdict =
      stream.awaits === AWAITS.head ? readHead(stream, fields, endStream) : readTrailers(stream, fields, endStream);
    if (verdict !== null) this.endByAnswer(stream, verdict, endStream);
  }

  onData(streamId: number, endStream: boolean, payload: Buffer, start: number, end: number, flowBytes: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.streams.ignoreOrThrow(streamId, "DATA");
    this.bookWindow(stream, flowBytes, endStream);
    const verdict = readBody(stream, payload, start, end, this.keepMessages);
    if (verdict !== null) this.endByAnswer(stream, verdict, endStream);
    else if (endStream) this.endByAnswer(stream, concludeWithoutTrailers(stream), true);
  }

  onReset(streamId: number, code: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.streams.requireUsed(streamId, "RST_STREAM");
    const detail = `the peer reset the stream: ${http2ErrorName(code)}`;
    this.end(stream, { status: statusOfReset(code), detail, resetCode: code }, SILENTLY, this.connection.at);
  }

  onStreamError(streamId: number, code: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.streams.requireUsed(streamId, "a faulty frame");
    const detail = `a faulty frame on the stream: ${http2ErrorName(code)}`;
    this.endFaulty(stream, { status: GRPC_STATUS.INTERNAL, detail, resetCode: code }, false);
  }

  onStreamWindow(streamId: number, increment: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.streams.requireUsed(streamId, "WINDOW_UPDATE");
    stream.sendWindow = widen(stream.sendWindow, increment);
    if (Number.isNaN(stream.sendWindow)) this.onStreamError(streamId, H2_ERROR.FLOW_CONTROL_ERROR);
    else this.bodies.resume();
  }

  onInitialWindow(change: number): void {
    widenAll(this.streams.all(), change);
    this.bodies.resume();
  }

  onRoom(): void {
    this.bodies.resume();
  }

  private fitsAtOnce({ bodyBytes }: CallImage): boolean {
    const { peer, sendWindow, maxPayload } = this.connection;
    return (
      bodyBytes <= sendWindow && bodyBytes <= peer.initialWindowSize && bodyBytes <= maxPayload && this.bodies.isEmpty
    );
  }

  private putImage(image: CallImage, bytes: Buffer, streamId: number): void {
    const { output } = this.connection;
    const at = output.reserve(bytes.length);
    output.bytes.set(bytes, at);
    writeUint32(output.bytes, at + STREAM_ID_AT, streamId);
    writeUint32(output.bytes, at + image.dataAt + STREAM_ID_AT, streamId);
    output.commit(at + bytes.length);
    this.connection.sendWindow -= image.bodyBytes;
  }

  /** Its time runs from here on: from its sending, or from its start where the peer does not let it be sent. */
  private watch(stream: ClientStream, at: Nanoseconds): void {
    if (stream.timeoutNs !== null && stream.queue === null) this.deadlines.add(stream, at, stream.timeoutNs);
  }

  private requestWasPut(stream: ClientStream): void {
    stream.requestPut = true;
    this.put.add(stream);
  }

  private decode(block: Buffer, start: number, end: number): ResponseFields {
    const before = this.connection.decoder.generation;
    const fields = this.fieldsReader.read(block, start, end);
    this.memo.keep(block, start, end, before, fields);
    return fields;
  }

  private bookWindow(stream: ClientStream, flowBytes: number, endStream: boolean): void {
    stream.receiveWindow.take(flowBytes);
    const increment = endStream ? 0 : stream.receiveWindow.due();
    if (increment > 0) this.connection.putWindowUpdate(stream.id, increment);
  }

  /** `endStream`: the peer has ended its side; else it is told to stop. */
  private endByAnswer(stream: ClientStream, verdict: CallEnd, endStream: boolean): void {
    if (verdict.resetCode === H2_ERROR.PROTOCOL_ERROR) return this.endFaulty(stream, verdict, endStream);
    if (!endStream) this.end(stream, verdict, verdict.resetCode, this.connection.at);
    // An answer before the request was complete: the rest of it is of no use (RFC 9113 §8.1).
    else this.end(stream, verdict, stream.requestPut ? SILENTLY : H2_ERROR.CANCEL, this.connection.at);
  }

  /** An error of the stream by the peer: told to it, and bounded. */
  private endFaulty(stream: ClientStream, verdict: CallEnd, endStream: boolean): void {
    this.connection.countStreamError();
    this.end(stream, verdict, endStream && stream.requestPut ? SILENTLY : verdict.resetCode, this.connection.at);
  }

  /** @param resetCode what to send on the stream, or SILENTLY */
  private end(stream: ClientStream, { status, detail }: CallEnd, resetCode: number, at: Nanoseconds): void {
    const { id, tag, sent, framing } = stream;
    const messageBytes = framing.bytes;
    const message = this.keepMessages && status === GRPC_STATUS.OK ? framing.held.subarray(0, messageBytes) : null;
    this.streams.close(stream);
    this.deadlines.remove(stream);
    this.bodies.remove(stream);
    if (resetCode !== SILENTLY) this.streams.putReset(id, resetCode);
    this.someEnded = true;
    if (status !== GRPC_STATUS.OK) this.listener.onFailure?.(tag, status, detail);
    else if (!sent) this.listener.onSent(tag, at);
    if (message !== null) this.listener.onMessage?.(tag, message);
    this.listener.onEnded(tag, status, at, messageBytes);
  }
}

/** In place of a code: the stream is closed already, or nobody listens. */
const SILENTLY = -1;

const EXPIRED: CallEnd = {
  status: GRPC_STATUS.DEADLINE_EXCEEDED,
  detail: "no answer before the deadline",
  resetCode: H2_ERROR.CANCEL,
};
