/**
 * The prefix of five bytes before each message (gRPC over HTTP/2, "Length-Prefixed-Message"), read from DATA however it
 * is cut. A unary call has one message each way; whatever else comes is an error.
 *
 * The hot path does not come here: a message that lies whole in one frame is seen by `isWholeMessage` and used in place.
 */
export const MESSAGE_PREFIX_BYTES = 5;

/** Whether `payload[start … end)` is exactly one message that is not compressed. */
export function isWholeMessage(payload: Buffer, start: number, end: number): boolean {
  return (
    end - start >= MESSAGE_PREFIX_BYTES &&
    payload[start] === 0 &&
    messageLength(payload, start) === end - start - MESSAGE_PREFIX_BYTES
  );
}

export function messageLength(payload: Buffer, start: number): number {
  return (
    ((payload[start + 1]! << 24) | (payload[start + 2]! << 16) | (payload[start + 3]! << 8) | payload[start + 4]!) >>> 0
  );
}

/** Returns the offset behind the prefix. */
export function writeMessagePrefix(into: Buffer, at: number, bytes: number): number {
  into[at] = 0;
  into[at + 1] = bytes >>> 24;
  into[at + 2] = bytes >>> 16;
  into[at + 3] = bytes >>> 8;
  into[at + 4] = bytes;
  return at + MESSAGE_PREFIX_BYTES;
}

export type FramingProblem = "compressed" | "too large" | "more than one message";

const NOTHING = Buffer.alloc(0);

/** Reads the one message of a stream piece by piece; reused from stream to stream. */
export class MessageFraming {
  problem: FramingProblem | null = null;
  /** The message, as far as it came, where it was asked for: `held[0 … bytes)`. */
  held: Buffer = NOTHING;
  /** Of the message, as far as it came. */
  bytes = 0;
  private readonly prefix = Buffer.alloc(MESSAGE_PREFIX_BYTES);
  private prefixBytes = 0;
  private declared = 0;

  /** `maxBytes`: larger messages are a problem. */
  constructor(private readonly maxBytes: number) {}

  reset(): void {
    this.problem = null;
    this.held = NOTHING;
    this.bytes = 0;
    this.prefixBytes = 0;
    this.declared = 0;
  }

  get isUntouched(): boolean {
    return this.prefixBytes === 0;
  }

  /** A message has come, all of it. */
  get isWhole(): boolean {
    return this.prefixBytes === MESSAGE_PREFIX_BYTES && this.bytes === this.declared;
  }

  /** Books a message that was found whole in one frame, and used in place. */
  acceptWhole(bytes: number): void {
    this.prefixBytes = MESSAGE_PREFIX_BYTES;
    this.declared = this.bytes = bytes;
  }

  /** Takes the next piece of DATA; with `keep` its message bytes are held. Stops at the first problem. */
  push(payload: Buffer, start: number, end: number, keep: boolean): void {
    if (this.problem !== null) return;
    let at = start;
    while (this.prefixBytes < MESSAGE_PREFIX_BYTES && at < end) this.prefix[this.prefixBytes++] = payload[at++]!;
    if (this.prefixBytes < MESSAGE_PREFIX_BYTES) return;
    if (this.bytes === 0) this.readPrefix();
    const taken = Math.min(end - at, this.declared - this.bytes);
    if (at + taken < end) this.problem ??= "more than one message";
    if (this.problem !== null) return;
    if (keep) this.hold(payload, at, at + taken);
    this.bytes += taken;
  }

  private readPrefix(): void {
    this.declared = messageLength(this.prefix, 0);
    if (this.prefix[0] !== 0) this.problem = "compressed";
    else if (this.declared > this.maxBytes) this.problem = "too large";
  }

  /** Memory grows with what has come, not with what was declared. */
  private hold(payload: Buffer, start: number, end: number): void {
    const needed = this.bytes + end - start;
    if (needed > this.held.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.declared, Math.max(needed, this.held.length * 2)));
      this.held.copy(larger, 0, 0, this.bytes);
      this.held = larger;
    }
    payload.copy(this.held, this.bytes, start, end);
  }
}
