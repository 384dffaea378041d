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
import { widen, widenAll } from "./flow-control.js";
import { HeaderBlockMemo } from "./header-block-memo.js";
import { H2_ERROR } from "./http2-error.js";
import { RequestFieldsReader } from "./request-fields.js";
import { framingRefusal, grpcRefusal, readRequestHead, type RequestHead } from "./request-head.js";
import type { ServerStream } from "./server-stream.js";
import { ServerStreams } from "./server-streams.js";
import type { StreamEvents } from "./stream-events.js";

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
  readonly streams: ServerStreams;
  private readonly answers: AnswerFrames;
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
    this.streams = new ServerStreams(connection);
    this.answers = new AnswerFrames(connection, (stream) => this.answered(stream));
    this.fieldsReader = new RequestFieldsReader(connection.decoder);
    this.memo = new HeaderBlockMemo(connection.decoder);
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
    if (!this.streams.isNew(streamId)) return;
    if (streamError !== H2_ERROR.NO_ERROR || head.fields.headProblem !== null) {
      return this.streams.refuse(streamId, H2_ERROR.PROTOCOL_ERROR);
    }
    const opened = this.streams.open(streamId, head);
    if (opened !== null && endStream) this.endRequest(opened);
  }

  onData(streamId: number, endStream: boolean, payload: Buffer, start: number, end: number, flowBytes: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.streams.ignoreOrThrow(streamId, "DATA");
    if (stream.requestEnded) return this.reset(stream, H2_ERROR.STREAM_CLOSED);
    this.bookWindow(stream, flowBytes, endStream);
    stream.dataBytes += end - start;
    if (endStream && stream.framing.isUntouched && isWholeMessage(payload, start, end)) {
      stream.framing.acceptWhole(end - start - MESSAGE_PREFIX_BYTES);
      this.answerRequest(stream, payload, start + MESSAGE_PREFIX_BYTES, end);
    } else if (this.hold(stream, payload, start, end) && endStream) {
      this.endRequest(stream);
    }
  }

  onReset(streamId: number, _code: number): void {
    this.connection.countReset();
    const stream = this.streams.find(streamId);
    if (stream === undefined) this.streams.requireUsed(streamId, "RST_STREAM");
    else this.close(stream);
  }

  onStreamError(streamId: number, code: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) this.streams.requireUsed(streamId, "a faulty frame");
    else this.reset(stream, code);
  }

  onStreamWindow(streamId: number, increment: number): void {
    const stream = this.streams.find(streamId);
    if (stream === undefined) return this.streams.requireUsed(streamId, "WINDOW_UPDATE");
    stream.sendWindow = widen(stream.sendWindow, increment);
    if (Number.isNaN(stream.sendWindow)) this.reset(stream, H2_ERROR.FLOW_CONTROL_ERROR);
    else this.answers.resume();
  }

  onInitialWindow(change: number): void {
    widenAll(this.streams.all(), change);
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
    const refusal = this.heldBytes > MAX_HELD_BYTES ? TOO_MUCH_HELD : framingRefusal(framing.problem, stream.head!);
    if (refusal === null) return true;
    stream.head!.counter.count++;
    this.answers.putRefusal(stream, refusal);
    return false;
  }

  /** END_STREAM came without a whole message beside it. */
  private endRequest(stream: ServerStream): void {
    const { framing, head } = stream;
    if (head!.refusal !== null || framing.isWhole) return this.answerRequest(stream, framing.held, 0, framing.bytes);
    stream.requestEnded = true;
    if (!this.isLengthRight(stream)) return;
    head!.counter.count++;
    this.answers.putRefusal(stream, NO_MESSAGE);
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
        this.streams.putReset(stream.id, outcome.code);
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
    if (!stream.requestEnded) this.streams.putReset(stream.id, H2_ERROR.NO_ERROR);
    this.close(stream);
  }

  /** The client broke a rule on an open stream. */
  private reset(stream: ServerStream, code: number): void {
    this.streams.refuse(stream.id, code);
    this.close(stream);
  }

  private close(stream: ServerStream): void {
    this.heldBytes -= stream.framing.held.length;
    stream.framing.reset();
    this.answers.remove(stream);
    this.streams.close(stream);
  }
}

const NO_MESSAGE = grpcRefusal(GRPC_STATUS.INTERNAL, "a unary call without a whole message");
const TOO_MUCH_HELD = grpcRefusal(GRPC_STATUS.RESOURCE_EXHAUSTED, "too many unfinished requests on one connection");
