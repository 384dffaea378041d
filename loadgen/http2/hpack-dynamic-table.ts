/**
 * The dynamic table of HPACK (RFC 7541 §2.3.2, §4): the newest entry is 0, the oldest leaves first. Entries are JS
 * strings of one octet a character, so that reporting a known field makes nothing new. A ring; it grows with the
 * entries it really holds.
 */

/** What an entry counts beyond its octets (RFC 7541 §4.1). */
export const ENTRY_OVERHEAD_BYTES = 32;
/** RFC 9113 §6.5.2: what both sides start with. */
export const DEFAULT_TABLE_BYTES = 4096;

export function entryBytes(name: string, value: string): number {
  return name.length + value.length + ENTRY_OVERHEAD_BYTES;
}

export class HpackDynamicTable {
  /** Increases with each change: insertion, eviction, another size. */
  generation = 0;
  /** Entries held. */
  length = 0;
  /** Octets held, overhead included: never above `maxBytes`. */
  bytes = 0;

  /** Rings of equal length, a power of two. */
  private names: string[] = new Array<string>(16).fill("");
  private values: string[] = new Array<string>(16).fill("");
  /** Slot of the newest entry. */
  private newest = 0;

  constructor(private limit: number) {}

  get maxBytes(): number {
    return this.limit;
  }

  /** `index` 0 is the newest entry; the caller has checked that it is below `length`. */
  name(index: number): string {
    return this.names[(this.newest - index) & (this.names.length - 1)]!;
  }

  value(index: number): string {
    return this.values[(this.newest - index) & (this.values.length - 1)]!;
  }

  /** Makes room and inserts. An entry larger than the table empties it and is not kept (RFC 7541 §4.4). */
  insert(name: string, value: string): void {
    this.generation++;
    const added = entryBytes(name, value);
    this.evictTo(this.limit - added);
    if (added > this.limit) return;
    if (this.length === this.names.length) this.grow();
    this.newest = (this.newest + 1) & (this.names.length - 1);
    this.names[this.newest] = name;
    this.values[this.newest] = value;
    this.length++;
    this.bytes += added;
  }

  /** Sets how many octets it may hold, evicting what is too much (RFC 7541 §4.3). */
  resize(maxBytes: number): void {
    if (maxBytes === this.limit) return;
    this.generation++;
    this.limit = maxBytes;
    this.evictTo(maxBytes);
  }

  private evictTo(bytes: number): void {
    while (this.length > 0 && this.bytes > bytes) {
      const oldest = (this.newest - this.length + 1) & (this.names.length - 1);
      this.bytes -= entryBytes(this.names[oldest]!, this.values[oldest]!);
      this.names[oldest] = "";
      this.values[oldest] = "";
      this.length--;
    }
  }

  private grow(): void {
    const oldestFirst = (read: (index: number) => string) =>
      Array.from({ length: this.length * 2 }, (_, i) => (i < this.length ? read(this.length - 1 - i) : ""));
    const names = oldestFirst((index) => this.name(index));
    const values = oldestFirst((index) => this.value(index));
    this.names = names;
    this.values = values;
    this.newest = this.length - 1;
  }
}
