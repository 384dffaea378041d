/**
 * The streams that we reset: frames that the peer sent before it knew must be ignored (RFC 9113 §5.1, "closed"), while
 * frames on any other closed stream are the peer's fault. Bounded: of the oldest ones only the highest identifier is
 * kept, and up to it everything is forgiven.
 */
const REMEMBERED = 1024;

export class ResetMemory {
  private readonly streams = new Set<number>();
  private forgivenUpTo = 0;

  add(streamId: number): void {
    this.streams.add(streamId);
    if (this.streams.size <= REMEMBERED) return;
    for (const oldest of this.streams) {
      this.streams.delete(oldest);
      this.forgivenUpTo = Math.max(this.forgivenUpTo, oldest);
      break;
    }
  }

  has(streamId: number): boolean {
    return streamId <= this.forgivenUpTo || this.streams.has(streamId);
  }
}
