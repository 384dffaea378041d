/**
 * Sends messages as DATA as far as the peer's windows, its largest frame and our own backlog allow, and keeps what must
 * wait, in order. Messages that fit at once are the common case and never come here.
 *
 * Easy to get wrong: a stream may be closed while its body waits, and its object may be reused: whoever closes a stream
 * calls `remove`.
 */
import { MESSAGE_PREFIX_BYTES, writeMessagePrefix } from "../grpc/message-framing.js";
import type { Http2Connection } from "./connection.js";
import { FRAME, FRAME_HEADER_BYTES, writeFrameHeader } from "./frames.js";
import type { EndStream } from "./header-frames.js";

/** A stream, as far as its outgoing body goes. */
export interface BodySender {
  readonly id: number;
  /** How much DATA the peer takes on this stream: may be negative (RFC 9113 §6.9.2). */
  sendWindow: number;
  /** The message that is being sent; null when there is none or all of it was sent. */
  body: Buffer | null;
  /** Of the body with its prefix. */
  bodySent: number;
}

export class BodyQueue<Stream extends BodySender> {
  /** In the order they came. */
  private readonly waiting = new Set<Stream>();
  private readonly prefix = Buffer.alloc(MESSAGE_PREFIX_BYTES);

  /** @param lastFlags of the last DATA frame of a body; `onSent` is told when it was put out */
  constructor(
    private readonly connection: Http2Connection,
    private readonly lastFlags: EndStream,
    private readonly onSent: (stream: Stream) => void,
  ) {}

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** Sends `message`, or as much of it as may be sent now. The rest must stay as it is until `onSent`. */
  send(stream: Stream, message: Buffer): void {
    stream.body = message;
    stream.bodySent = 0;
    if (!this.advance(stream)) this.waiting.add(stream);
  }

  /** A window opened, or the peer has read: sends what may be sent now. */
  resume(): void {
    for (const stream of this.waiting) if (this.advance(stream)) this.waiting.delete(stream);
  }

  /** The stream is closed. */
  remove(stream: Stream): void {
    if (stream.body === null) return;
    stream.body = null;
    this.waiting.delete(stream);
  }

  /** Puts out frames until the body is sent (true) or something is shut (false). */
  private advance(stream: Stream): boolean {
    const { connection } = this;
    while (stream.body !== null) {
      const left = MESSAGE_PREFIX_BYTES + stream.body.length - stream.bodySent;
      const allowed = Math.min(stream.sendWindow, connection.sendWindow, connection.maxPayload);
      if (allowed <= 0) return false;
      if (connection.output.isBacklogged) {
        connection.waitsForSocket = true;
        return false;
      }
      this.putFrame(stream, stream.body, Math.min(left, allowed), left <= allowed);
    }
    return true;
  }

  private putFrame(stream: Stream, body: Buffer, size: number, isLast: boolean): void {
    const { output } = this.connection;
    const at = output.reserve(FRAME_HEADER_BYTES + size);
    const { bytes } = output;
    let next = writeFrameHeader(bytes, at, size, FRAME.DATA, isLast ? this.lastFlags : 0, stream.id);
    const end = next + size;
    if (stream.bodySent < MESSAGE_PREFIX_BYTES) {
      writeMessagePrefix(this.prefix, 0, body.length);
      const prefixEnd = Math.min(MESSAGE_PREFIX_BYTES, stream.bodySent + size);
      next += this.prefix.copy(bytes, next, stream.bodySent, prefixEnd);
    }
    if (next < end) {
      const from = Math.max(0, stream.bodySent - MESSAGE_PREFIX_BYTES);
      body.copy(bytes, next, from, from + end - next);
    }
    output.commit(end);
    stream.bodySent += size;
    stream.sendWindow -= size;
    this.connection.sendWindow -= size;
    if (isLast) {
      stream.body = null;
      this.onSent(stream);
    }
  }
}
