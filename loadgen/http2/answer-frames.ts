/**
 * Puts out the answers of one server connection: head, message and trailers of a call that went well, trailers alone
 * for one that did not. Header lists repeat, so each is kept as bytes once it can be (header-frames.ts).
 */
import { MESSAGE_PREFIX_BYTES, writeMessagePrefix } from "../grpc/message-framing.js";
import { percentEncode } from "../grpc/percent-encoding.js";
import { BodyQueue } from "./body-queue.js";
import type { Http2Connection } from "./connection.js";
import { FLAG, FRAME, FRAME_HEADER_BYTES, writeFrameHeader } from "./frames.js";
import { RepeatedHeaders } from "./header-frames.js";
import type { HeaderField } from "./hpack-encoder.js";
import type { Refusal } from "./request-head.js";
import type { ServerStream } from "./server-stream.js";

/** Details of errors come from requests in part: as many as there are in a test, not as many as a peer can think of. */
const MAX_REFUSALS = 64;

export class AnswerFrames {
  private readonly head: RepeatedHeaders;
  private readonly trailers: RepeatedHeaders;
  private readonly refusals = new Map<string, RepeatedHeaders>();
  private readonly bodies: BodyQueue<ServerStream>;

  /** `onAnswered`: the last byte of the answer was put out. */
  constructor(
    private readonly connection: Http2Connection,
    private readonly onAnswered: (stream: ServerStream) => void,
  ) {
    this.head = new RepeatedHeaders(connection, [OK, GRPC], 0);
    this.trailers = new RepeatedHeaders(connection, [["grpc-status", "0"]], FLAG.END_STREAM);
    this.bodies = new BodyQueue(connection, 0, (stream) => this.putTrailers(stream));
  }

  putMessage(stream: ServerStream, message: Buffer): void {
    this.head.put(stream.id);
    if (this.fitsAtOnce(stream, message)) {
      this.putBody(stream, message);
      this.putTrailers(stream);
    } else {
      this.bodies.send(stream, message);
    }
  }

  putRefusal(stream: ServerStream, refusal: Refusal): void {
    const key = `${refusal.httpStatus} ${refusal.grpcStatus} ${refusal.detail}`;
    let headers = this.refusals.get(key);
    if (headers === undefined) {
      if (this.refusals.size >= MAX_REFUSALS) this.refusals.clear();
      headers = new RepeatedHeaders(this.connection, refusalFields(refusal), FLAG.END_STREAM);
      this.refusals.set(key, headers);
    }
    headers.put(stream.id);
    this.onAnswered(stream);
  }

  /** More may be sent than before. */
  resume(): void {
    this.bodies.resume();
  }

  /** The stream is closed. */
  remove(stream: ServerStream): void {
    this.bodies.remove(stream);
  }

  private fitsAtOnce(stream: ServerStream, message: Buffer): boolean {
    const { sendWindow, maxPayload, output } = this.connection;
    const size = MESSAGE_PREFIX_BYTES + message.length;
    return (
      size <= sendWindow &&
      size <= stream.sendWindow &&
      size <= maxPayload &&
      this.bodies.isEmpty &&
      !output.isBacklogged
    );
  }

  private putBody(stream: ServerStream, message: Buffer): void {
    const { output } = this.connection;
    const size = MESSAGE_PREFIX_BYTES + message.length;
    const at = output.reserve(FRAME_HEADER_BYTES + size);
    const next = writeFrameHeader(output.bytes, at, size, FRAME.DATA, 0, stream.id);
    output.bytes.set(message, writeMessagePrefix(output.bytes, next, message.length));
    output.commit(next + size);
    this.connection.sendWindow -= size;
  }

  private putTrailers(stream: ServerStream): void {
    this.trailers.put(stream.id);
    this.onAnswered(stream);
  }
}

const OK: HeaderField = [":status", "200"];
const GRPC: HeaderField = ["content-type", "application/grpc"];

function refusalFields({ httpStatus, grpcStatus, detail }: Refusal): HeaderField[] {
  if (httpStatus !== 200) return [[":status", String(httpStatus)]];
  const message: HeaderField[] = detail === "" ? [] : [["grpc-message", percentEncode(detail)]];
  return [OK, GRPC, ["grpc-status", String(grpcStatus)], ...message];
}
