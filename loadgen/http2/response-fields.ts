/**
 * What the header block of an answer says, for a unary gRPC call: the same reader serves heads, trailers and both in one
 * ("trailers-only"), since only the stream knows which of them it expects.
 */
import { fieldProblem, isLawfulValue, parseContentLength } from "./field-rules.js";
import type { HpackDecoder } from "./hpack-decoder.js";

/** Never changed once made: equal blocks share one. */
export interface ResponseFields {
  /** What makes the block malformed (RFC 9113 §8.1.1); null when nothing does. */
  readonly problem: string | null;
  /** `:status`, or 0: then these can only be trailers. */
  readonly httpStatus: number;
  /** `grpc-status`, or −1. */
  readonly grpcStatus: number;
  /** `grpc-message` as it came, percent-encoded. */
  readonly grpcMessage: string;
  /** `content-length`, or −1. */
  readonly contentLength: number;
  readonly isGrpc: boolean;
  /** `grpc-encoding`: how messages with the compressed flag are compressed. */
  readonly encoding: string;
}

type Draft = { -readonly [Key in keyof ResponseFields]: ResponseFields[Key] };

export class ResponseFieldsReader {
  private draft = emptyDraft();
  private regularSeen = false;

  constructor(private readonly decoder: HpackDecoder) {}

  /** @throws Http2ConnectionError COMPRESSION_ERROR */
  read(block: Buffer, start: number, end: number): ResponseFields {
    this.draft = emptyDraft();
    this.regularSeen = false;
    const whole = this.decoder.decode(block, start, end, this.onField);
    if (!whole) this.draft.problem ??= "a header list larger than we take";
    return this.draft;
  }

  private readonly onField = (name: string, value: string): void => {
    const { draft } = this;
    if (name.startsWith(":")) {
      draft.problem ??= this.readPseudo(name, value);
      return;
    }
    this.regularSeen = true;
    draft.problem ??= fieldProblem(name, value) ?? readRegular(draft, name, value);
  };

  private readPseudo(name: string, value: string): string | null {
    if (name !== ":status") return `the pseudo-header ${JSON.stringify(name)} in an answer`;
    if (this.regularSeen) return ":status behind other fields";
    if (this.draft.httpStatus !== 0) return ":status twice";
    if (!/^[1-5][0-9][0-9]$/.test(value)) return `:status ${JSON.stringify(value.slice(0, 20))}`;
    this.draft.httpStatus = Number(value);
    return null;
  }
}

function readRegular(draft: Draft, name: string, value: string): string | null {
  switch (name) {
    case "grpc-status":
      // Anything but a number is UNKNOWN, as the status list asks for unknown numbers.
      draft.grpcStatus = /^[0-9]{1,5}$/.test(value) ? Number(value) : 2;
      return null;
    case "grpc-message":
      draft.grpcMessage = value;
      return null;
    case "grpc-encoding":
      draft.encoding = value;
      return null;
    case "content-type":
      draft.isGrpc = isGrpcContentType(value);
      return null;
    case "content-length":
      return readContentLength(draft, value);
    default:
      return null;
  }
}

function readContentLength(draft: { contentLength: number }, value: string): string | null {
  const bytes = parseContentLength(value);
  if (bytes === null || (draft.contentLength >= 0 && draft.contentLength !== bytes)) return "content-length";
  draft.contentLength = bytes;
  return null;
}

/** `application/grpc`, alone or with a subtype or parameter behind it (gRPC over HTTP/2, "Requests"). */
export function isGrpcContentType(value: string): boolean {
  return /^application\/grpc($|[+;])/.test(value) && isLawfulValue(value);
}

function emptyDraft(): Draft {
  return {
    problem: null,
    httpStatus: 0,
    grpcStatus: -1,
    grpcMessage: "",
    contentLength: -1,
    isGrpc: false,
    encoding: "identity",
  };
}
