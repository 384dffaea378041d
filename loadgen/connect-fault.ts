/**
 * Why a connection could not be opened, in words that tell a person where to look. Node and OpenSSL say it in codes.
 */
import { Fault, type FaultText } from "./fault.js";
import { hostPort } from "./listening.js";
import type { Target } from "./transport.js";

/** How far the connection had come. */
export type ConnectStage = "tcp" | "tls" | "http2";

const STAGE_NAMES: Record<ConnectStage, string> = {
  tcp: "the TCP connection was not accepted",
  tls: "the TLS handshake was not finished",
  http2: "no HTTP/2 SETTINGS came",
};

export function connectFault(target: Target, cause: string, advice: Partial<FaultText> = {}): Fault {
  return new Fault({
    fact: `cannot reach ${hostPort(target.host, target.port)}: ${cause}`,
    expected: `a gRPC server over HTTP/2${target.tls === null ? ", plaintext" : " with TLS"}`,
    ...advice,
  });
}

export function timeoutFault(target: Target, stage: ConnectStage): Fault {
  return connectFault(target, `${STAGE_NAMES[stage]} within ${target.connectTimeoutNs / 1e6} ms`);
}

/** From the error of a socket. */
export function socketFault(target: Target, error: NodeJS.ErrnoException, stage: ConnectStage): Fault {
  const { cause, advice } = explain(error, stage);
  return connectFault(target, cause, { seen: error.message, ...advice });
}

/** The same in short, for a connection that was lost later. */
export function socketCause(error: NodeJS.ErrnoException): string {
  return explain(error, "http2").cause;
}

interface Explanation {
  readonly cause: string;
  readonly advice?: Partial<FaultText>;
}

function explain(error: NodeJS.ErrnoException, stage: ConnectStage): Explanation {
  const code = error.code ?? "";
  const plain = SOCKET_CAUSES[code];
  if (plain !== undefined) return { cause: plain };
  const certificate = CERTIFICATE_CAUSES[code];
  if (certificate !== undefined) {
    return { cause: `its certificate is not accepted: ${certificate}`, advice: CERTIFICATE_ADVICE };
  }
  if (code.includes("NO_APPLICATION_PROTOCOL")) return { cause: "it does not speak HTTP/2 (it refused ALPN h2)" };
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code)) {
    return {
      cause: "it refused the TLS handshake",
      advice: { try: "--cert and --key, if it wants a client certificate" },
    };
  }
  if (stage === "tls" && NOT_TLS.test(code))
    return { cause: "it does not speak TLS", advice: { try: "without --tls" } };
  return { cause: error.message };
}

const SOCKET_CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "it reset the connection",
  EPIPE: "it closed the connection",
  ETIMEDOUT: "connection timed out",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host's name could not be resolved",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  EADDRNOTAVAIL: "the local address is not ours",
};

/** https://docs.openssl.org/3.0/man1/openssl-verification-options/, as Node names them. */
const CERTIFICATE_CAUSES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "its authority is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its authority is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "its authority is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its authority is not trusted",
  CERT_SIGNATURE_FAILURE: "its signature is wrong",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  INVALID_PURPOSE: "it is not meant for servers",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another name",
};
const CERTIFICATE_ADVICE: Partial<FaultText> = {
  try: "--cacert FILE for its authority, --servername NAME for its name",
};

const NOT_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE|RECORD_TYPE|^EPROTO$/;
