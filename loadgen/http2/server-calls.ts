/**
 * The calls of one server connection: reads requests, has them answered by their method, puts the answers out.
 *
 * The common request lies whole in what was read (HEADERS met before, one DATA frame that ends the stream) and is
 * answered at once: then nothing is allocated. Streams and message lengths are checked all the same.
 */
import { GRPC_STATUS } from "../grpc/status.js";
import { isWholeMessage, MESSAGE_PREFIX_BYTES } from "../grpc/message-framing.js";
import type { ListenerTally } from "../listener-tally.js";
import type { Outcome, UnaryCall, UnaryService } from "../unary-service.js";
import { AnswerFrames } from "./answer-frames.js";
import type { Http2Connection } from "./connection.js";
import { widen } from "./flow-control.js";
import { HeaderBlockMemo } from "./header-block-memo.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";
import { RequestFieldsReader } from "./request-fields.js";
import { grpcRefusal, readRequestHead, type Refusal, type RequestHead } from "./request-head.js";
import { ResetMemory } from "./reset-memory.js";
import { ServerStream } from "./server-stream.js";
import { SkippedStreams } from "./skipped-streams.js";
import type { StreamEvents } from "./stream-events.js";
import { StreamTable } from "./stream-table.js";

/** More than any client here has in flight on one connection, and little memory. */
export const MAX_CONCURRENT_STREAMS = 4096;
/** Of requests that have come in part, over all streams of a connection. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** What a call can ask of its connection beyond an answer. */
export interface CallHost {
  /** Something was put out although nothing was read: an answer that had been deferred. */
  onLateOutput(): void;
  /** Breakages that tests ask for (unary-service.ts). */
  breakOff(kind: "garbage" | "disconnect"): void;
}

export class ServerCalls implements StreamEvents {
  lastStreamId = 0;
  /** Streams above it are not taken any more (RFC 9113 §6.8). */
  acceptUpTo = Infinity;
  private readonly streams = new StreamTable(() => new ServerStream());
  private readonly answers: AnswerFrames;
  private readonly resets = new ResetMemory();
  private readonly skipped = new SkippedStreams();
  private readonly fieldsReader: RequestFieldsReader;
  private readonly memo: HeaderBlockMemo<RequestHead>;
  private heldBytes = 0;
  /** The call that a method is answering. */
  private current: ServerStream | null = null;
  private readonly call: UnaryCall = { defer: () => this.defer() };

  constructor(
    private readonly connection: Http2Connection,
    private readonly service: UnaryService,
    private readonly tally: ListenerTally,
    private readonly host: CallHost,
  ) {
    this.answers = new AnswerFrames(connection, (stream) => this.answered(stream));
    this.fieldsReader = new RequestFieldsReader(connection.decoder);
    this.memo = new HeaderBlockMemo(connection.decoder);
  }

  get inFlight(): number {
    return this.streams.size;
  }

  onHeaders(
    streamId: number,
    endStream: boolean,
    streamError: number,
    block: Buffer,
    start: number,
    end: number,
  ): void {
    const head = this.memo.recall(block, start, end) ?? this.decode(block, start, end);
    const stream = this.streams.find(streamId);
    if (stream !== undefined) return this.onTrailers(stream, head, endStream, streamError);
    if (!this.isNew(streamId)) return;
    const problem = streamError === H2_ERROR.NO_ERROR ? head.fields.headProblem : "a stream that depends on itself";
    if (problem !== null) return this.refuseStream(streamId, H2_ERROR.PROTOCOL_ERROR);
    if (this.streams.size >= MAX_CONCURRENT_STREAMS) return this.refuseStream(streamId, H2_ERROR.REFUSED_STREAM);
    const opened = this.streams.open(streamId);
    opened.begin(head, this.connection.peer.initialWindowSize);
    if (endStream) this.endRequest(opened);
  }

  onData(streamId: number, endStream: boolean, payload: Buffer, start: number, end: number, flowBytes: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.onFrameOfNoStream(streamId, "DATA");
    if (stream.requestEnded) return this.reset(stream, H2_ERROR.STREAM_CLOSED);
    this.bookWindow(stream, flowBytes, endStream);
    stream.dataBytes += end - start;
    if (endStream && stream.framing.isUntouched && isWholeMessage(payload, start, end)) {
      stream.framing.acceptWhole(end - start - MESSAGE_PREFIX_BYTES);
      this.answerRequest(stream, payload, start + MESSAGE_PREFIX_BYTES, end);
      return;
    }
    if (!this.hold(stream, payload, start, end)) return;
    if (endStream) this.endRequest(stream);
  }

  onReset(streamId: number, _code: number): void {
    this.connection.countReset();
    const stream = this.streams.find(streamId);
    if (stream === undefined) this.requireUsed(streamId, "RST_STREAM");
    else this.close(stream);
  }

  onStreamError(streamId: number, code: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) this.requireUsed(streamId, "a faulty frame");
    else this.reset(stream, code);
  }

  onStreamWindow(streamId: number, increment: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.requireUsed(streamId, "WINDOW_UPDATE");
    stream.sendWindow = widen(stream.sendWindow, increment);
    if (Number.isNaN(stream.sendWindow)) this.reset(stream, H2_ERROR.FLOW_CONTROL_ERROR);
    else this.answers.resume();
  }

  onInitialWindow(change: number): void {
    for (const stream of this.streams.all()) {
      stream.sendWindow = widen(stream.sendWindow, change);
      if (Number.isNaN(stream.sendWindow)) {
        throw new Http2ConnectionError(
          H2_ERROR.FLOW_CONTROL_ERROR,
          "INITIAL_WINDOW_SIZE opens a stream beyond 2^31 - 1",
        );
      }
    }
    this.answers.resume();
  }

  onRoom(): void {
    this.answers.resume();
  }

  private decode(block: Buffer, start: number, end: number): RequestHead {
    const before = this.connection.decoder.generation;
    const fields = this.fieldsReader.read(block, start, end);
    const head = readRequestHead(fields, this.service, this.tally);
    this.memo.keep(block, start, end, before, head);
    return head;
  }

  /** Whether a header block opens its stream; one that may be ignored does not. */
  private isNew(streamId: number): boolean {
    if (streamId % 2 === 0 || this.skipped.has(streamId)) {
      throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `a client may not open stream ${streamId}`);
    }
    if (streamId <= this.lastStreamId) {
      this.onFrameOfNoStream(streamId, "HEADERS");
      return false;
    }
    if (streamId > this.acceptUpTo) return false;
    this.skipped.add(this.lastStreamId + 2 - (this.lastStreamId === 0 ? 1 : 0), streamId - 2);
    this.lastStreamId = streamId;
    return true;
  }

  private onTrailers(stream: ServerStream, { fields }: RequestHead, endStream: boolean, streamError: number): void {
    if (stream.requestEnded) return this.reset(stream, H2_ERROR.STREAM_CLOSED);
    if (!endStream || streamError !== H2_ERROR.NO_ERROR || fields.trailersProblem !== null) {
      return this.reset(stream, H2_ERROR.PROTOCOL_ERROR);
    }
    this.endRequest(stream);
  }

  private bookWindow(stream: ServerStream, flowBytes: number, endStream: boolean): void {
    stream.receiveWindow.take(flowBytes);
    const increment = endStream ? 0 : stream.receiveWindow.due();
    if (increment > 0) this.connection.putWindowUpdate(stream.id, increment);
  }

  /** Keeps a piece of a request that came in pieces. False when that ended the call. */
  private hold(stream: ServerStream, payload: Buffer, start: number, end: number): boolean {
    if (stream.head!.refusal !== null) return true;
    const { framing } = stream;
    const before = framing.held.length;
    framing.push(payload, start, end, true);
    this.heldBytes += framing.held.length - before;
    const refusal = this.heldBytes > MAX_HELD_BYTES ? TOO_MUCH_HELD : framingRefusal(stream);
    if (refusal === null) return true;
    stream.head!.counter.count++;
    this.answers.putRefusal(stream, refusal);
    return false;
  }

  /** END_STREAM came without a message beside it. */
  private endRequest(stream: ServerStream): void {
    const { framing, head } = stream;
    if (head!.refusal !== null || framing.isWhole) this.answerRequest(stream, framing.held, 0, framing.bytes);
    else if (this.isLengthRight(stream)) {
      stream.requestEnded = true;
      head!.counter.count++;
      this.answers.putRefusal(stream, NO_MESSAGE);
    }
  }

  private answerRequest(stream: ServerStream, message: Buffer, start: number, end: number): void {
    stream.requestEnded = true;
    if (!this.isLengthRight(stream)) return;
    const { method, refusal, counter } = stream.head!;
    counter.count++;
    if (refusal !== null) return this.answers.putRefusal(stream, refusal);
    this.current = stream;
    const outcome = method!.handle(message, start, end, this.call);
    this.current = null;
    if (outcome !== null) this.conclude(stream, outcome);
  }

  /** RFC 9113 §8.1.1: `content-length` must be the sum of all DATA. */
  private isLengthRight(stream: ServerStream): boolean {
    const { contentLength } = stream.head!.fields;
    if (contentLength < 0 || contentLength === stream.dataBytes) return true;
    this.reset(stream, H2_ERROR.PROTOCOL_ERROR);
    return false;
  }

  private defer(): (outcome: Outcome) => void {
    if (this.current === null) throw new Error("a call can be deferred only while its method handles it");
    const { id } = this.current;
    return (outcome) => {
      const stream = this.streams.find(id);
      if (stream === undefined || this.connection.isDown) return;
      this.conclude(stream, outcome);
      this.host.onLateOutput();
    };
  }

  private conclude(stream: ServerStream, outcome: Outcome): void {
    switch (outcome.kind) {
      case "answer":
        if (outcome.status === GRPC_STATUS.OK) this.answers.putMessage(stream, outcome.message);
        else this.answers.putRefusal(stream, grpcRefusal(outcome.status, outcome.detail));
        return;
      case "reset":
        this.connection.putReset(stream.id, outcome.code);
        this.resets.add(stream.id);
        return this.close(stream);
      case "silence":
        return;
      case "garbage":
      case "disconnect":
        return this.host.breakOff(outcome.kind);
    }
  }

  /** The answer was put out to its end. The rest of an unfinished request is of no use (RFC 9113 §8.1). */
  private answered(stream: ServerStream): void {
    if (!stream.requestEnded) {
      this.connection.putReset(stream.id, H2_ERROR.NO_ERROR);
      this.resets.add(stream.id);
    }
    this.close(stream);
  }

  private refuseStream(streamId: number, code: number): void {
    if (code === H2_ERROR.REFUSED_STREAM) this.connection.countReset();
    else this.connection.countStreamError();
    this.resets.add(streamId);
    this.connection.putReset(streamId, code);
  }

  /** The peer broke a rule on an open stream. */
  private reset(stream: ServerStream, code: number): void {
    this.connection.countStreamError();
    this.resets.add(stream.id);
    this.connection.putReset(stream.id, code);
    this.close(stream);
  }

  private close(stream: ServerStream): void {
    this.heldBytes -= stream.framing.held.length;
    stream.framing.reset();
    this.answers.remove(stream);
    this.streams.close(stream);
  }

  private onFrameOfNoStream(streamId: number, frame: string): void {
    if (streamId > this.acceptUpTo) return;
    this.requireUsed(streamId, frame);
    if (this.resets.has(streamId)) return;
    throw new Http2ConnectionError(H2_ERROR.STREAM_CLOSED, `${frame} on the closed stream ${streamId}`);
  }

  /** Streams that were never opened may not be spoken of (RFC 9113 §5.1, "idle"). */
  private requireUsed(streamId: number, frame: string): void {
    if (streamId % 2 === 1 && (streamId <= this.lastStreamId || streamId > this.acceptUpTo)) return;
    throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `${frame} on the idle stream ${streamId}`);
  }
}

const NO_MESSAGE = grpcRefusal(GRPC_STATUS.INTERNAL, "a unary call without a whole message");
const TOO_MUCH_HELD = grpcRefusal(GRPC_STATUS.RESOURCE_EXHAUSTED, "too many unfinished requests on one connection");

function framingRefusal({ framing, head }: ServerStream): Refusal | null {
  switch (framing.problem) {
    case null:
      return null;
    case "compressed":
      return grpcRefusal(GRPC_STATUS.UNIMPLEMENTED, `compressed (${head!.fields.encoding}); identity only is served`);
    case "too large":
      return grpcRefusal(GRPC_STATUS.RESOURCE_EXHAUSTED, "the request is larger than is taken");
    case "more than one message":
      return grpcRefusal(GRPC_STATUS.UNIMPLEMENTED, "more than one message in a unary call");
  }
}
