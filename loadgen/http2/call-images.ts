/**
 * Requests as finished bytes: HEADERS and DATA in one piece, with the stream identifiers blank, made once per prepared
 * call and connection. Sending such a call is one copy and two numbers.
 */
import { MESSAGE_PREFIX_BYTES, writeMessagePrefix } from "../grpc/message-framing.js";
import { formatTimeout } from "../grpc/timeout-header.js";
import type { PreparedCall } from "../transport.js";
import type { Http2Connection } from "./connection.js";
import { FLAG, FRAME, FRAME_HEADER_BYTES, writeFrameHeader } from "./frames.js";
import { RepeatedHeaders } from "./header-frames.js";
import type { HeaderField } from "./hpack-encoder.js";

/** "grpc-" Language "-" Variant "/" Version (gRPC over HTTP/2, "User Agents"). */
const USER_AGENT = "grpc-node-tollgate/1";

/** Callers use a pool of prepared calls; one that made each call anew must not fill the memory. */
const MAX_IMAGES = 8192;

export class CallImages {
  private readonly images = new Map<PreparedCall, CallImage>();
  /** Calls of one kind have equal headers. */
  private readonly headers = new Map<string, RepeatedHeaders>();

  constructor(
    private readonly connection: Http2Connection,
    private readonly scheme: "http" | "https",
    private readonly authority: string,
  ) {}

  of(call: PreparedCall): CallImage {
    return this.images.get(call) ?? this.make(call);
  }

  private make(call: PreparedCall): CallImage {
    if (this.images.size >= MAX_IMAGES) this.forgetAll();
    const fields = this.fieldsOf(call);
    const key = JSON.stringify(fields);
    let headers = this.headers.get(key);
    if (headers === undefined) this.headers.set(key, (headers = new RepeatedHeaders(this.connection, fields, 0)));
    const image = new CallImage(headers, call.message);
    this.images.set(call, image);
    return image;
  }

  private forgetAll(): void {
    this.images.clear();
    this.headers.clear();
  }

  /** In the order of gRPC over HTTP/2, "Requests". */
  private fieldsOf(call: PreparedCall): readonly HeaderField[] {
    return [
      [":method", "POST"],
      [":scheme", this.scheme],
      [":path", call.path],
      [":authority", this.authority],
      ["te", "trailers"],
      ...(call.timeoutNs === null ? [] : [["grpc-timeout", formatTimeout(call.timeoutNs)] as const]),
      ["content-type", "application/grpc"],
      ["user-agent", USER_AGENT],
      ...call.metadata,
    ];
  }
}

export class CallImage {
  /** Of DATA: the message and its prefix. */
  readonly bodyBytes: number;
  private bytes: Buffer | null = null;
  /** The HEADERS frame that `bytes` begins with. */
  private madeFrom: Buffer | null = null;

  constructor(
    readonly headers: RepeatedHeaders,
    readonly message: Buffer,
  ) {
    this.bodyBytes = MESSAGE_PREFIX_BYTES + message.length;
  }

  /** HEADERS and DATA with blank stream identifiers, at 5 and at `dataAt` + 5; null when HEADERS must be encoded. */
  current(): Buffer | null {
    const headers = this.headers.current();
    if (headers !== this.madeFrom || this.bytes === null) this.bytes = headers === null ? null : this.compose(headers);
    return this.bytes;
  }

  /** Where the DATA frame begins in the bytes of `current`. */
  get dataAt(): number {
    return this.madeFrom?.length ?? 0;
  }

  private compose(headers: Buffer): Buffer {
    this.madeFrom = headers;
    const bytes = Buffer.allocUnsafe(headers.length + FRAME_HEADER_BYTES + this.bodyBytes);
    headers.copy(bytes, 0);
    let next = writeFrameHeader(bytes, headers.length, this.bodyBytes, FRAME.DATA, FLAG.END_STREAM, 0);
    next = writeMessagePrefix(bytes, next, this.message.length);
    this.message.copy(bytes, next);
    return bytes;
  }
}
