/**
 * The open streams of one connection, found by their identifier without hashing: a ring of pooled objects, indexed by
 * the identifier's lower bits, since identifiers rise in steps of two (RFC 9113 §5.1.1).
 *
 * Easy to get wrong: one stream that stays open for long is met again at each turn of the ring. The ring grows while it
 * is well filled; otherwise the old stream is put aside, so that a single forgotten call cannot make it grow for ever.
 */
export interface Pooled {
  /** 0 while the object is free. */
  id: number;
}

const FIRST_SIZE = 128;

export class StreamTable<Stream extends Pooled> {
  /** Open streams. */
  size = 0;
  private ring: Stream[];
  private mask = FIRST_SIZE - 1;
  private readonly aside = new Map<number, Stream>();

  constructor(private readonly create: () => Stream) {
    this.ring = Array.from({ length: FIRST_SIZE }, create);
  }

  find(id: number): Stream | undefined {
    const stream = this.ring[(id >>> 1) & this.mask]!;
    if (stream.id === id) return stream;
    return this.aside.size === 0 ? undefined : this.aside.get(id);
  }

  /** The object for a new stream, as its last user left it but for `id`. */
  open(id: number): Stream {
    let slot = (id >>> 1) & this.mask;
    while (this.ring[slot]!.id !== 0 && this.size * 2 > this.ring.length) {
      this.grow();
      slot = (id >>> 1) & this.mask;
    }
    if (this.ring[slot]!.id !== 0) this.putAside(slot);
    const stream = this.ring[slot]!;
    stream.id = id;
    this.size++;
    return stream;
  }

  /** The object is free from here on. */
  close(stream: Stream): void {
    if (this.aside.size > 0) this.aside.delete(stream.id);
    stream.id = 0;
    this.size--;
  }

  /** Open streams, in no order. The table may change while they are visited. */
  all(): Stream[] {
    return [...this.ring.filter((stream) => stream.id !== 0), ...this.aside.values()];
  }

  private putAside(slot: number): void {
    const old = this.ring[slot]!;
    this.aside.set(old.id, old);
    this.ring[slot] = this.create();
  }

  private grow(): void {
    const open = this.ring.filter((stream) => stream.id !== 0);
    const free = this.ring.filter((stream) => stream.id === 0);
    const ring = new Array<Stream | undefined>(this.ring.length * 2);
    this.mask = ring.length - 1;
    for (const stream of open) {
      const slot = (stream.id >>> 1) & this.mask;
      if (ring[slot] === undefined) ring[slot] = stream;
      else this.aside.set(stream.id, stream);
    }
    this.ring = Array.from(ring, (stream) => stream ?? free.pop() ?? this.create());
  }
}
