/**
 * Windows of flow control (RFC 9113 §5.2 and §6.9), as arithmetic: how much may be sent, how much was received and when
 * to say so. Knows no frames.
 *
 * Easy to get wrong: a window that we may send into can become negative when the peer shrinks INITIAL_WINDOW_SIZE
 * (§6.9.2), and the whole payload of DATA counts, padding included, even on streams that are closed.
 */
import { MAX_WINDOW_SIZE } from "./frames.js";

/** `window` opened by `increment`, or NaN when that is more than a window can be (FLOW_CONTROL_ERROR). */
export function widen(window: number, increment: number): number {
  const wider = window + increment;
  return wider > MAX_WINDOW_SIZE ? NaN : wider;
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
