/**
 * The stream identifiers that a client passed over: to open one of them later is PROTOCOL_ERROR, whereas a frame on one
 * that was used and closed is STREAM_CLOSED (RFC 9113 §5.1.1 and §5.1). Clients have no reason to skip any, so the last
 * few gaps are enough.
 */
const REMEMBERED = 16;

export class SkippedStreams {
  private readonly gaps: { readonly from: number; readonly to: number }[] = [];

  /** `from` to `to` were passed over, both included; nothing when `to` is below `from`. */
  add(from: number, to: number): void {
    if (to < from) return;
    this.gaps.push({ from, to });
    if (this.gaps.length > REMEMBERED) this.gaps.shift();
  }

  /** Asked for each new stream, and answered without a closure: there is no gap as a rule. */
  has(streamId: number): boolean {
    for (const { from, to } of this.gaps) if (from <= streamId && streamId <= to) return true;
    return false;
  }
}
