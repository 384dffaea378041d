/**
 * The gRPC status of a call whose peer gave none: from the HTTP status of an answer that is not gRPC's (a proxy's, as a
 * rule), or from the code of RST_STREAM.
 */
import { H2_ERROR } from "../http2/http2-error.js";
import { GRPC_STATUS } from "./status.js";

/** The status for an answer without `grpc-status` (https://grpc.github.io/grpc/core/md_doc_http-grpc-status-mapping.html). */
export function statusOfHttp(httpStatus: number): number {
  return BY_HTTP_STATUS.get(httpStatus) ?? GRPC_STATUS.UNKNOWN;
}

/**
 * The status for a stream that the peer reset (gRPC over HTTP/2, "Errors"). Codes without a row there, STREAM_CLOSED and
 * unknown ones, are taken for INTERNAL_ERROR, as RFC 9113 §7 allows.
 */
export function statusOfReset(code: number): number {
  return BY_RESET_CODE.get(code) ?? GRPC_STATUS.INTERNAL;
}

const BY_HTTP_STATUS: ReadonlyMap<number, number> = new Map([
  [400, GRPC_STATUS.INTERNAL],
  [401, GRPC_STATUS.UNAUTHENTICATED],
  [403, GRPC_STATUS.PERMISSION_DENIED],
  [404, GRPC_STATUS.UNIMPLEMENTED],
  [429, GRPC_STATUS.UNAVAILABLE],
  [502, GRPC_STATUS.UNAVAILABLE],
  [503, GRPC_STATUS.UNAVAILABLE],
  [504, GRPC_STATUS.UNAVAILABLE],
]);

const BY_RESET_CODE: ReadonlyMap<number, number> = new Map<number, number>([
  [H2_ERROR.REFUSED_STREAM, GRPC_STATUS.UNAVAILABLE],
  [H2_ERROR.CANCEL, GRPC_STATUS.CANCELLED],
  [H2_ERROR.ENHANCE_YOUR_CALM, GRPC_STATUS.RESOURCE_EXHAUSTED],
  [H2_ERROR.INADEQUATE_SECURITY, GRPC_STATUS.PERMISSION_DENIED],
]);
