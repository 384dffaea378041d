/**
 * What the header block of a request says, for a unary gRPC call (RFC 9113 §8.3.1; gRPC over HTTP/2, "Requests"). The
 * same reader serves heads and trailers, since only the stream knows which of them it expects.
 */
import { fieldProblem, isLawfulValue, parseContentLength } from "./field-rules.js";
import type { HpackDecoder } from "./hpack-decoder.js";
import { isGrpcContentType } from "./response-fields.js";

/** Never changed once made: equal blocks share one. */
export interface RequestFields {
  /** What makes the block malformed as a head (RFC 9113 §8.1.1); null when nothing does. */
  readonly headProblem: string | null;
  /** What makes it malformed as trailers. */
  readonly trailersProblem: string | null;
  readonly method: string;
  readonly path: string;
  /** `content-length`, or −1. */
  readonly contentLength: number;
  readonly isGrpc: boolean;
  /** `grpc-encoding`: how messages with the compressed flag are compressed. */
  readonly encoding: string;
}

const PSEUDO_HEADERS = [":method", ":scheme", ":path", ":authority"] as const;
type PseudoHeader = (typeof PSEUDO_HEADERS)[number];

export class RequestFieldsReader {
  private pseudo = new Map<PseudoHeader, string>();
  private problem: string | null = null;
  private regularSeen = false;
  private contentLength = -1;
  private isGrpc = false;
  private encoding = "identity";

  constructor(private readonly decoder: HpackDecoder) {}

  /** @throws Http2ConnectionError COMPRESSION_ERROR */
  read(block: Buffer, start: number, end: number): RequestFields {
    this.pseudo = new Map();
    this.problem = null;
    this.regularSeen = false;
    this.contentLength = -1;
    this.isGrpc = false;
    this.encoding = "identity";
    const whole = this.decoder.decode(block, start, end, this.onField);
    if (!whole) this.problem ??= "a header list larger than we take";
    return {
      headProblem: this.problem ?? pseudoProblem(this.pseudo),
      trailersProblem: this.problem ?? (this.pseudo.size > 0 ? "pseudo-headers in trailers" : null),
      method: this.pseudo.get(":method") ?? "",
      path: this.pseudo.get(":path") ?? "",
      contentLength: this.contentLength,
      isGrpc: this.isGrpc,
      encoding: this.encoding,
    };
  }

  private readonly onField = (name: string, value: string): void => {
    if (this.problem !== null) return;
    if (name.startsWith(":")) this.problem = this.readPseudo(name, value);
    else {
      this.regularSeen = true;
      this.problem = fieldProblem(name, value) ?? this.readRegular(name, value);
    }
  };

  private readPseudo(name: string, value: string): string | null {
    const known = PSEUDO_HEADERS.find((pseudo) => pseudo === name);
    if (known === undefined) return `the pseudo-header ${JSON.stringify(name)} in a request`;
    if (this.regularSeen) return `${name} behind other fields`;
    if (this.pseudo.has(known)) return `${name} twice`;
    if (!isLawfulValue(value)) return `the value of ${name}`;
    this.pseudo.set(known, value);
    return null;
  }

  private readRegular(name: string, value: string): string | null {
    switch (name) {
      case "te":
        return value === "trailers" ? null : "te other than trailers";
      case "content-type":
        this.isGrpc = isGrpcContentType(value);
        return null;
      case "grpc-encoding":
        this.encoding = value;
        return null;
      case "content-length":
        return this.readContentLength(value);
      default:
        return null;
    }
  }

  private readContentLength(value: string): string | null {
    const bytes = parseContentLength(value);
    if (bytes === null || (this.contentLength >= 0 && this.contentLength !== bytes)) return "content-length";
    this.contentLength = bytes;
    return null;
  }
}

/** Which pseudo-headers must be there: all but :authority; for CONNECT that one alone (RFC 9113 §8.5). */
function pseudoProblem(pseudo: ReadonlyMap<PseudoHeader, string>): string | null {
  const method = pseudo.get(":method");
  if (method === undefined || method === "") return ":method is missing";
  if (method === "CONNECT") {
    if (!pseudo.has(":authority")) return ":authority is missing";
    return pseudo.has(":scheme") || pseudo.has(":path") ? ":scheme or :path in CONNECT" : null;
  }
  if (!pseudo.get(":scheme")) return ":scheme is missing";
  return pseudo.get(":path") ? null : ":path is missing";
}
