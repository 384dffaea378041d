/**
 * HPACK encoding (RFC 7541) as real clients do it: known fields as an index, new ones as literals that enter the
 * dynamic table, Huffman where it is shorter. Secrets never enter a table, neither ours nor that of a proxy further on
 * (RFC 7541 §7.1.3).
 *
 * A caller that sends the same fields again need not encode again: a block during whose encoding `generation` stood
 * still may be repeated byte by byte for as long as it stands still.
 */
import { DEFAULT_TABLE_BYTES, entryBytes, HpackDynamicTable } from "./hpack-dynamic-table.js";
import { INTEGER_BYTES, writeInteger } from "./hpack-integer.js";
import { STATIC_ENTRIES, staticFieldIndex, staticNameIndex } from "./hpack-static-table.js";
import { huffmanEncode, huffmanEncodedBytes } from "./huffman.js";

export interface HpackEncoderOptions {
  /** The most our encoder wants to keep, whatever the peer offers. */
  readonly maxTableSize: number;
  /**
   * Nothing enters the dynamic table and no value is Huffman coded: each field is an index of the static table or a
   * plain literal, so that somebody who reads packets without the connection's history can read it.
   */
  readonly literalOnly: boolean;
  /** Names whose value is another in each call: sent as literals that do not displace others from the table. */
  readonly unindexed?: readonly string[];
}

export type HeaderField = readonly [name: string, value: string];

const SENSITIVE: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);

/** The first byte of each form (RFC 7541 §6) and the bits it leaves for the index. */
const INDEXED = { high: 0x80, bits: 7 };
const LITERAL_INDEXED = { high: 0x40, bits: 6 };
const LITERAL_UNINDEXED = { high: 0x00, bits: 4 };
const LITERAL_NEVER_INDEXED = { high: 0x10, bits: 4 };
const SIZE_UPDATE = { high: 0x20, bits: 5 };

export class HpackEncoder {
  private readonly table: HpackDynamicTable;
  private readonly maxTableSize: number;
  private readonly literalOnly: boolean;
  private readonly unindexed: ReadonlySet<string>;
  /** The smallest size since the last block; null when the peer knows the size. */
  private smallestSizeDue: number | null = null;
  private sizeUpdatesWritten = 0;

  constructor(options: HpackEncoderOptions) {
    this.maxTableSize = options.maxTableSize;
    this.literalOnly = options.literalOnly;
    this.unindexed = new Set(options.unindexed);
    this.table = new HpackDynamicTable(DEFAULT_TABLE_BYTES);
    this.setPeerTableSize(DEFAULT_TABLE_BYTES);
  }

  /** Increases whenever the dynamic table changes, and with a change of its size that the next block will announce. */
  get generation(): number {
    return this.table.generation + this.sizeUpdatesWritten;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE: holds at once, and the next block says so (RFC 7541 §4.2). */
  setPeerTableSize(bytes: number): void {
    const size = Math.min(bytes, this.maxTableSize);
    if (size === this.table.maxBytes) return;
    this.table.resize(size);
    this.smallestSizeDue = Math.min(this.smallestSizeDue ?? size, size);
  }

  /**
   * Writes the fields as one header block; returns the offset behind it.
   * @throws RangeError, before anything has changed, when `into` has less room than encodedBytesAtMost(fields) or a
   *   character does not fit in an octet
   */
  encode(fields: readonly HeaderField[], into: Buffer, at: number): number {
    if (encodedBytesAtMost(fields) > into.length - at) throw new RangeError("no room for the header block");
    for (const [name, value] of fields) requireOctets(name, value);
    let next = this.writeSizeUpdates(into, at);
    for (const [name, value] of fields) next = this.writeField(name, value, into, next);
    return next;
  }

  private writeSizeUpdates(into: Buffer, at: number): number {
    if (this.smallestSizeDue === null) return at;
    let next = at;
    if (this.smallestSizeDue < this.table.maxBytes) next = writeForm(SIZE_UPDATE, this.smallestSizeDue, into, next);
    next = writeForm(SIZE_UPDATE, this.table.maxBytes, into, next);
    this.smallestSizeDue = null;
    this.sizeUpdatesWritten++;
    return next;
  }

  private writeField(name: string, value: string, into: Buffer, at: number): number {
    const staticName = staticNameIndex(name);
    if (SENSITIVE.has(name)) return this.writeLiteral(LITERAL_NEVER_INDEXED, staticName, name, value, into, at);
    const known = staticFieldIndex(staticName, name, value) || this.dynamicFieldIndex(name, value);
    if (known !== 0) return writeForm(INDEXED, known, into, at);
    const nameIndex = staticName || this.dynamicNameIndex(name);
    if (!this.shouldIndex(name, value)) return this.writeLiteral(LITERAL_UNINDEXED, nameIndex, name, value, into, at);
    const next = this.writeLiteral(LITERAL_INDEXED, nameIndex, name, value, into, at);
    this.table.insert(name, value);
    return next;
  }

  /** As nghttp2 does: a field that would take more than three quarters of the table is not worth what it displaces. */
  private shouldIndex(name: string, value: string): boolean {
    return !this.literalOnly && entryBytes(name, value) * 4 <= this.table.maxBytes * 3 && !this.unindexed.has(name);
  }

  private dynamicFieldIndex(name: string, value: string): number {
    for (let i = 0; i < this.table.length; i++) {
      if (this.table.value(i) === value && this.table.name(i) === name) return STATIC_ENTRIES + 1 + i;
    }
    return 0;
  }

  private dynamicNameIndex(name: string): number {
    for (let i = 0; i < this.table.length; i++) {
      if (this.table.name(i) === name) return STATIC_ENTRIES + 1 + i;
    }
    return 0;
  }

  private writeLiteral(
    form: { readonly high: number; readonly bits: number },
    nameIndex: number,
    name: string,
    value: string,
    into: Buffer,
    at: number,
  ): number {
    let next = writeForm(form, nameIndex, into, at);
    if (nameIndex === 0) next = this.writeString(name, into, next);
    return this.writeString(value, into, next);
  }

  private writeString(text: string, into: Buffer, at: number): number {
    const huffmanBytes = this.literalOnly ? Infinity : huffmanEncodedBytes(text);
    if (huffmanBytes < text.length) return huffmanEncode(text, into, writeInteger(into, at, 0x80, 7, huffmanBytes));
    const next = writeInteger(into, at, 0, 7, text.length);
    return next + into.write(text, next, "latin1");
  }
}

function writeForm(
  form: { readonly high: number; readonly bits: number },
  number: number,
  into: Buffer,
  at: number,
): number {
  return writeInteger(into, at, form.high, form.bits, number);
}

/** Characters beyond U+00FF. V8 never has to look for one in a string that it keeps as octets. */
const NO_OCTET = /[^\0-\xff]/;

function requireOctets(name: string, value: string): void {
  if (NO_OCTET.test(name) || NO_OCTET.test(value)) {
    throw new RangeError(`the header field ${name} holds a character above U+00FF`);
  }
}

/** No block of these fields is longer: two size updates, and for each field an index and two lengths. */
export function encodedBytesAtMost(fields: readonly HeaderField[]): number {
  let bytes = 2 * INTEGER_BYTES;
  for (const [name, value] of fields) bytes += 3 * INTEGER_BYTES + name.length + value.length;
  return bytes;
}
