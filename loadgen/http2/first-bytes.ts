/**
 * Tells what a peer speaks that does not speak HTTP/2, from the first bytes it sent: the cause that a person needs to
 * read when a connection cannot be used.
 */
const ENOUGH = 16;

export class FirstBytes {
  private seen = Buffer.alloc(0);

  add(chunk: Buffer, length: number): void {
    if (this.seen.length >= ENOUGH) return;
    this.seen = Buffer.concat([this.seen, chunk.subarray(0, Math.min(length, ENOUGH - this.seen.length))]);
  }

  /** Null when they tell nothing. */
  get cause(): string | null {
    if (this.seen.length === 0) return null;
    if (this.seen.toString("latin1").startsWith("HTTP/1.")) return "it answers HTTP/1.1";
    // A TLS alert or handshake record: RFC 8446 §5.1.
    if ((this.seen[0] === 0x15 || this.seen[0] === 0x16) && this.seen[1] === 0x03) return "it speaks TLS";
    return null;
  }
}
