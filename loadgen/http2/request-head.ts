/**
 * What a server makes of a request's head: the method that will answer it, or the refusal that will. Found once per
 * distinct header block (header-block-memo.ts), not once per call.
 */
import type { FramingProblem } from "../grpc/message-framing.js";
import { GRPC_STATUS } from "../grpc/status.js";
import type { CallCounter, ListenerTally } from "../listener-tally.js";
import { UNKNOWN_METHOD, type UnaryMethod, type UnaryService } from "../unary-service.js";
import type { RequestFields } from "./request-fields.js";

export interface RequestHead {
  readonly fields: RequestFields;
  /** Null when the request is refused. */
  readonly method: UnaryMethod | null;
  /** Null when it is not. */
  readonly refusal: Refusal | null;
  readonly counter: CallCounter;
}

/** An answer without a message: of gRPC, or of HTTP where the request is none of gRPC. */
export interface Refusal {
  readonly httpStatus: number;
  /** Sent with HTTP 200 only. */
  readonly grpcStatus: number;
  readonly detail: string;
}

export function grpcRefusal(grpcStatus: number, detail: string): Refusal {
  return { httpStatus: 200, grpcStatus, detail };
}

export function readRequestHead(fields: RequestFields, service: UnaryService, tally: ListenerTally): RequestHead {
  const method = service.methods.get(fields.path) ?? null;
  const refusal = refusalOf(fields, method);
  const counter = tally.counterOf(refusal === null && method !== null ? method.name : UNKNOWN_METHOD);
  return { fields, method: refusal === null ? method : null, refusal, counter };
}

function refusalOf(fields: RequestFields, method: UnaryMethod | null): Refusal | null {
  if (fields.method !== "POST") return { httpStatus: 405, grpcStatus: -1, detail: "gRPC calls are POST" };
  // "If Content-Type does not begin with application/grpc, gRPC servers SHOULD respond with HTTP status of 415."
  if (!fields.isGrpc) return { httpStatus: 415, grpcStatus: -1, detail: "not application/grpc" };
  if (method === null) return grpcRefusal(GRPC_STATUS.UNIMPLEMENTED, `no method ${fields.path} here`);
  return null;
}

/** Of a request whose message cannot be taken; null when it can. */
export function framingRefusal(problem: FramingProblem | null, { fields }: RequestHead): Refusal | null {
  switch (problem) {
    case null:
      return null;
    case "compressed":
      return grpcRefusal(GRPC_STATUS.UNIMPLEMENTED, `compressed (${fields.encoding}); identity only is served`);
    case "too large":
      return grpcRefusal(GRPC_STATUS.RESOURCE_EXHAUSTED, "the request is larger than is taken");
    case "more than one message":
      return grpcRefusal(GRPC_STATUS.UNIMPLEMENTED, "more than one message in a unary call");
  }
}
