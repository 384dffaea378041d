/**
 * Windows of flow control (RFC 9113 §5.2 and §6.9), as arithmetic: how much may be sent, how much was received and when
 * to say so. Knows no frames.
 *
 * Easy to get wrong: a window that we may send into can become negative when the peer shrinks INITIAL_WINDOW_SIZE
 * (§6.9.2), and the whole payload of DATA counts, padding included, even on streams that are closed.
 */
import { MAX_WINDOW_SIZE } from "./frames.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";

/** `window` opened by `increment`, or NaN when that is more than a window can be (FLOW_CONTROL_ERROR). */
export function widen(window: number, increment: number): number {
  const wider = window + increment;
  return wider > MAX_WINDOW_SIZE ? NaN : wider;
}

/**
 * INITIAL_WINDOW_SIZE has changed: so do the windows of all open streams, below zero perhaps (RFC 9113 §6.9.2).
 * @throws Http2ConnectionError FLOW_CONTROL_ERROR
 */
export function widenAll(streams: readonly { sendWindow: number }[], change: number): void {
  for (const stream of streams) {
    stream.sendWindow = widen(stream.sendWindow, change);
    if (!Number.isNaN(stream.sendWindow)) continue;
    throw new Http2ConnectionError(H2_ERROR.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE opens a stream beyond 2^31 - 1");
  }
}

/**
 * What we let the peer send: reopened in large steps, so that there are few WINDOW_UPDATEs. Whether the peer keeps to it
 * is not checked: what comes is used up at once or bounded elsewhere, so that a peer that sends more gains nothing.
 */
export class ReceiveWindow {
  private received = 0;

  constructor(readonly size: number) {}

  /** Books bytes of DATA. */
  take(bytes: number): void {
    this.received += bytes;
  }

  /** The increment to announce now: 0 until half of the window is used. */
  due(): number {
    if (this.received * 2 < this.size) return 0;
    const increment = this.received;
    this.received = 0;
    return increment;
  }

  reset(): void {
    this.received = 0;
  }
}
