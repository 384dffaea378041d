/**
 * Judges the answer of a unary call: what its head, its data and its trailers mean together (gRPC over HTTP/2,
 * "Responses"; RFC 9113 §8.1 for what makes it malformed). Pure: it writes on the stream and says how the call ends.
 */
import { statusOfHttp } from "../grpc/http-status-mapping.js";
import { isWholeMessage, MESSAGE_PREFIX_BYTES } from "../grpc/message-framing.js";
import { percentDecode } from "../grpc/percent-encoding.js";
import { GRPC_STATUS, GRPC_STATUS_NAMES } from "../grpc/status.js";
import { AWAITS, type ClientStream } from "./client-stream.js";
import { H2_ERROR } from "./http2-error.js";
import type { ResponseFields } from "./response-fields.js";

export interface CallEnd {
  readonly status: number;
  /** For people. */
  readonly detail: string;
  /** What to tell the peer, where its end of the stream is still open. */
  readonly resetCode: number;
}

/** How a head ends its call at once; null when it does not. */
export function readHead(stream: ClientStream, fields: ResponseFields, endStream: boolean): CallEnd | null {
  if (fields.httpStatus === 0) return malformed(":status is missing");
  if (fields.httpStatus < 200) return readInformational(fields, endStream);
  stream.awaits = AWAITS.body;
  stream.httpStatus = fields.httpStatus;
  stream.isGrpc = fields.isGrpc;
  stream.encoding = fields.encoding;
  stream.contentLength = fields.contentLength;
  return endStream ? conclude(stream, fields) : null;
}

/** 100-199 stand before the head and say nothing; 101 does not exist in HTTP/2 (RFC 9113 §8.6). */
function readInformational(fields: ResponseFields, endStream: boolean): CallEnd | null {
  return endStream || fields.httpStatus === 101 ? malformed(`:status ${fields.httpStatus}`) : null;
}

export function readTrailers(stream: ClientStream, fields: ResponseFields, endStream: boolean): CallEnd {
  if (fields.httpStatus !== 0) return malformed(":status in trailers");
  if (!endStream) return malformed("trailers that do not end the stream");
  return conclude(stream, fields);
}

/** How a piece of the body ends its call at once; null when it does not. `keep`: hold the message. */
export function readBody(
  stream: ClientStream,
  payload: Buffer,
  start: number,
  end: number,
  keep: boolean,
): CallEnd | null {
  if (stream.awaits === AWAITS.head) return malformed("DATA before the head");
  stream.dataBytes += end - start;
  const { framing } = stream;
  if (framing.isUntouched && !keep && isWholeMessage(payload, start, end)) {
    framing.acceptWhole(end - start - MESSAGE_PREFIX_BYTES);
    return null;
  }
  if (!stream.isGrpc) return null;
  framing.push(payload, start, end, keep);
  switch (framing.problem) {
    case null:
      return null;
    case "compressed":
      return givenUp(GRPC_STATUS.INTERNAL, `the answer is compressed (${stream.encoding}); we accept identity only`);
    case "too large":
      return givenUp(GRPC_STATUS.RESOURCE_EXHAUSTED, "the answer is larger than we take");
    case "more than one message":
      return givenUp(GRPC_STATUS.INTERNAL, "more than one message in the answer of a unary call");
  }
}

/** The peer ended the stream by DATA: an HTTP answer, perhaps, but none of gRPC. */
export function concludeWithoutTrailers(stream: ClientStream): CallEnd {
  return contentLengthProblem(stream) ?? withoutGrpcStatus(stream.httpStatus, stream.isGrpc);
}

const OK: CallEnd = { status: GRPC_STATUS.OK, detail: "", resetCode: H2_ERROR.NO_ERROR };

function conclude(stream: ClientStream, fields: ResponseFields): CallEnd {
  if (stream.contentLength >= 0) {
    const problem = contentLengthProblem(stream);
    if (problem !== null) return problem;
  }
  if (fields.grpcStatus === GRPC_STATUS.OK) {
    return stream.framing.isWhole ? OK : ended(GRPC_STATUS.INTERNAL, "OK without a whole message");
  }
  if (fields.grpcStatus < 0) return withoutGrpcStatus(stream.httpStatus, stream.isGrpc);
  const known = fields.grpcStatus < GRPC_STATUS_NAMES.length;
  return ended(known ? fields.grpcStatus : GRPC_STATUS.UNKNOWN, percentDecode(fields.grpcMessage));
}

function contentLengthProblem({ contentLength, dataBytes }: ClientStream): CallEnd | null {
  if (contentLength < 0 || contentLength === dataBytes) return null;
  return malformed(`content-length ${contentLength}, but ${dataBytes} bytes of DATA`);
}

function withoutGrpcStatus(httpStatus: number, isGrpc: boolean): CallEnd {
  const what = isGrpc || httpStatus !== 200 ? "" : " and no gRPC content-type";
  return ended(statusOfHttp(httpStatus), `HTTP ${httpStatus} without grpc-status${what}`);
}

/** A malformed answer (RFC 9113 §8.1.1). */
export function malformed(problem: string): CallEnd {
  return {
    status: GRPC_STATUS.INTERNAL,
    detail: `malformed answer: ${problem}`,
    resetCode: H2_ERROR.PROTOCOL_ERROR,
  };
}

function givenUp(status: number, detail: string): CallEnd {
  return { status, detail, resetCode: H2_ERROR.CANCEL };
}

function ended(status: number, detail: string): CallEnd {
  return { status, detail, resetCode: H2_ERROR.NO_ERROR };
}
