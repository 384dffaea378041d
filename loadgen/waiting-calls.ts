/**
 * Calls that are due and find every stream taken, in the order in which they came: a ring of typed arrays that grows.
 */
export class WaitingCalls {
  length = 0;
  #head = 0;
  #intended = new Float64Array(64);
  #since = new Float64Array(64);
  #share = new Uint8Array(64);
  #inWindow = new Uint8Array(64);

  /** @param since when it was found that there is no stream for it */
  push(intended: number, since: number, share: number, inWindow: boolean): void {
    if (this.length === this.#intended.length) this.#grow();
    const at = (this.#head + this.length++) & (this.#intended.length - 1);
    this.#intended[at] = intended;
    this.#since[at] = since;
    this.#share[at] = share;
    this.#inWindow[at] = inWindow ? 1 : 0;
  }

  /** Of the first call; only while there is one. */
  get intended(): number {
    return this.#intended[this.#head] as number;
  }

  get since(): number {
    return this.#since[this.#head] as number;
  }

  get share(): number {
    return this.#share[this.#head] as number;
  }

  get inWindow(): boolean {
    return this.#inWindow[this.#head] === 1;
  }

  shift(): void {
    this.#head = (this.#head + 1) & (this.#intended.length - 1);
    this.length--;
  }

  /** Lengths are powers of two, so that the ring wraps by a mask. */
  #grow(): void {
    const size = this.#intended.length;
    const unroll = <T extends Float64Array | Uint8Array>(ring: T, larger: T): T => {
      larger.set(ring.subarray(this.#head), 0);
      larger.set(ring.subarray(0, this.#head), size - this.#head);
      return larger;
    };
    this.#intended = unroll(this.#intended, new Float64Array(size * 2));
    this.#since = unroll(this.#since, new Float64Array(size * 2));
    this.#share = unroll(this.#share, new Uint8Array(size * 2));
    this.#inWindow = unroll(this.#inWindow, new Uint8Array(size * 2));
    this.#head = 0;
  }
}
