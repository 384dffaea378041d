/**
 * What is remembered of a call while it is on its way, in typed arrays: no object is made per call. A slot's number is
 * the call's `tag` towards the transport.
 */
const RECENT = 1024;
const RECENT_MASK = RECENT - 1;

export class CallSlots {
  /** When the schedule wanted the call; closed loops: when it was asked for. */
  intended = new Float64Array(0);
  /** Time it waited for a free stream: neither our lateness nor the peer's service. */
  blocked = new Float64Array(0);
  /** 0 until the transport said that it was sent. */
  sent = new Float64Array(0);
  /** Index into the plan's mix. */
  share = new Uint8Array(0);
  /** 1: its numbers count. 0: priming or warm-up. */
  inWindow = new Uint8Array(0);
  inUse = new Uint8Array(0);

  readonly #endedAt = new Float64Array(RECENT);
  readonly #endedSent = new Float64Array(RECENT);
  #ends = 0;
  #free = new Int32Array(0);
  #freeCount = 0;

  constructor(capacity: number) {
    this.#grow(Math.max(1, capacity));
  }

  /** The number of a free slot, with `sent` cleared; the caller fills in the rest. */
  take(): number {
    if (this.#freeCount === 0) this.#grow(this.inUse.length * 2);
    const tag = this.#free[--this.#freeCount] as number;
    this.inUse[tag] = 1;
    this.sent[tag] = 0;
    return tag;
  }

  release(tag: number, at: number): void {
    if (this.inWindow[tag] === 1) {
      this.#endedAt[this.#ends & RECENT_MASK] = at;
      this.#endedSent[this.#ends & RECENT_MASK] = this.sent[tag] as number;
      this.#ends++;
    }
    this.inUse[tag] = 0;
    this.#free[this.#freeCount++] = tag;
  }

  /** Calls of the window that are on their way now. */
  countInWindow(): number {
    return this.inUse.reduce((count, used, tag) => count + (used & (this.inWindow[tag] as number)), 0);
  }

  /** Calls of the window that were on their way at some instant from `from` to `to`; ends are known of the last 1024. */
  countBetween(from: number, to: number): number {
    let count = 0;
    for (let tag = 0; tag < this.inUse.length; tag++) {
      if ((this.inUse[tag] as number) & (this.inWindow[tag] as number)) count += wasOut(this.sent[tag] as number, to);
    }
    for (let end = Math.max(0, this.#ends - RECENT); end < this.#ends; end++) {
      const ended = this.#endedAt[end & RECENT_MASK] as number;
      if (ended >= from) count += wasOut(this.#endedSent[end & RECENT_MASK] as number, to);
    }
    return count;
  }

  #grow(capacity: number): void {
    const before = this.inUse.length;
    this.intended = extended(this.intended, new Float64Array(capacity));
    this.blocked = extended(this.blocked, new Float64Array(capacity));
    this.sent = extended(this.sent, new Float64Array(capacity));
    this.share = extended(this.share, new Uint8Array(capacity));
    this.inWindow = extended(this.inWindow, new Uint8Array(capacity));
    this.inUse = extended(this.inUse, new Uint8Array(capacity));
    this.#free = extended(this.#free, new Int32Array(capacity));
    for (let tag = capacity - 1; tag >= before; tag--) this.#free[this.#freeCount++] = tag;
  }
}

function wasOut(sent: number, by: number): 0 | 1 {
  return sent > 0 && sent <= by ? 1 : 0;
}

function extended<T extends Float64Array | Int32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
