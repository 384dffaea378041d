/**
 * Why grpc-js could not connect, in the words of the lean transport, so that the same trouble reads the same over both.
 * grpc-js tells it as a sentence inside a sentence; this file takes it apart and knows nothing else of the library.
 */
import { connectFault, socketFault, timeoutFault, type ConnectStage } from "./connect-fault.js";
import { Fault } from "./fault.js";
import type { Target } from "./transport.js";

/** @param failure what the library said, or the error of the handshake itself, or TIME_IS_UP */
export function grpcJsFault(target: Target, failure: string | Error, stage: ConnectStage): Fault {
  if (failure instanceof Fault) return failure;
  if (failure instanceof Error) return socketFault(target, failure, stage);
  if (failure === TIME_IS_UP) return timeoutFault(target, stage);
  const code = /\bE[A-Z]{4,}\b/.exec(failure)?.[0];
  if (code !== undefined) return socketFault(target, Object.assign(new Error(failure), { code }), stage);
  return connectFault(target, PLAIN_CAUSES[failure] ?? failure);
}

export const TIME_IS_UP = "time is up";
/** What grpc-js and nghttp2 say of peers that hang up, and of those that answer something else. */
const PLAIN_CAUSES: Readonly<Record<string, string>> = {
  "Failed to connect": "it closed the connection",
  "Socket closed": "it closed the connection",
  "Connection closed before starting HTTP/2 handshake": "it closed the connection",
  "Protocol error": "it does not answer in HTTP/2",
};

/** Of "No connection established. Last error: Error: connect ECONNREFUSED … (2026-01-01T…). Resolution note: " */
export function causeInDetails(details: string): string {
  return details
    .replace(/^.*Last error: (?:Error: )?/s, "")
    .replace(/\.? Resolution note: .*$/s, "")
    .replace(/ \(\d{4}-[^)]*\)$/, "");
}
