/**
 * HPACK decoding (RFC 7541): one decoder for each direction of a connection, one call for each whole header block.
 *
 * Known fields come from the tables as the strings that lie there, so a block of indexed fields makes nothing new and
 * costs about 25 ns a field (a special case for one-byte indices gained nothing); a literal costs some 400 ns, nearly
 * all of it for its string.
 * Easy to get wrong: a block that is refused for its size must still be decoded to its end, because every later block
 * builds on the table it leaves behind. Says nothing about what fields mean: pseudo-headers and forbidden names are
 * the connection's business.
 */
import { DEFAULT_TABLE_BYTES, entryBytes, HpackDynamicTable } from "./hpack-dynamic-table.js";
import { readInteger, type Cursor } from "./hpack-integer.js";
import { STATIC_ENTRIES, STATIC_NAMES, STATIC_VALUES } from "./hpack-static-table.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";
import { huffmanDecode, huffmanDecodedBytesAtMost } from "./huffman.js";

export interface HpackDecoderOptions {
  /** The SETTINGS_HEADER_TABLE_SIZE in force for the peer: 4096 until it has acknowledged another one. */
  readonly maxTableSize: number;
  /** Header lists above it (RFC 9113 §6.5.2: names + values + 32 each) are decoded, but not reported to the end. */
  readonly maxHeaderListBytes: number;
}

export type FieldListener = (name: string, value: string) => void;

export class HpackDecoder {
  private readonly table: HpackDynamicTable;
  private readonly maxHeaderListBytes: number;
  private maxTableSize: number;
  /** What the next block must announce at most, before anything else; null when nothing is due. */
  private sizeDue: number | null = null;
  private readonly cursor: Cursor = { at: 0 };
  private scratch = Buffer.allocUnsafe(512);

  constructor(options: HpackDecoderOptions) {
    this.maxTableSize = options.maxTableSize;
    this.maxHeaderListBytes = options.maxHeaderListBytes;
    this.table = new HpackDynamicTable(Math.min(options.maxTableSize, DEFAULT_TABLE_BYTES));
  }

  /**
   * Increases whenever the dynamic table changes. A block that was decoded without changing it means the same fields
   * as long as this number stands still.
   */
  get generation(): number {
    return this.table.generation;
  }

  /**
   * The peer has acknowledged another SETTINGS_HEADER_TABLE_SIZE. Where its table must shrink, its next block has to
   * begin with an update, to the smallest size that held in between (RFC 7541 §4.2).
   */
  setMaxTableSize(bytes: number): void {
    this.maxTableSize = bytes;
    if (bytes >= this.table.maxBytes) return;
    this.table.resize(bytes);
    this.sizeDue = bytes;
  }

  /**
   * Decodes one whole header block, `block[start … end)`.
   * @returns false when the list was larger than maxHeaderListBytes: from there on nothing was reported, but the table
   *   is in step, so that the stream alone can be refused
   * @throws Http2ConnectionError COMPRESSION_ERROR
   */
  decode(block: Buffer, start: number, end: number, onField: FieldListener): boolean {
    const { cursor } = this;
    cursor.at = start;
    this.readSizeUpdates(block, end);
    let room = this.maxHeaderListBytes;
    while (cursor.at < end) {
      const first = block[cursor.at]!;
      let name: string;
      let value: string;
      if (first >= 0x80) {
        const index = readInteger(cursor, block, end, 7);
        name = this.nameAt(index);
        value = index <= STATIC_ENTRIES ? STATIC_VALUES[index]! : this.table.value(index - STATIC_ENTRIES - 1);
      } else {
        const indexing = first >= 0x40;
        if (!indexing && first >= 0x20) throw compressionError("a table size update behind the first field");
        // Literals with indexing have six bits for the index of the name, without or never indexed four.
        const nameIndex = readInteger(cursor, block, end, indexing ? 6 : 4);
        name = nameIndex === 0 ? this.readString(block, end) : this.nameAt(nameIndex);
        value = this.readString(block, end);
        if (indexing) this.table.insert(name, value);
      }
      room -= entryBytes(name, value);
      if (room >= 0) onField(name, value);
    }
    return room >= 0;
  }

  private readSizeUpdates(block: Buffer, end: number): void {
    const { cursor } = this;
    while (cursor.at < end && (block[cursor.at]! & 0xe0) === 0x20) {
      const bytes = readInteger(cursor, block, end, 5);
      if (bytes > this.maxTableSize) {
        throw compressionError(`a table of ${bytes} bytes, more than the ${this.maxTableSize} allowed`);
      }
      if (this.sizeDue !== null && bytes > this.sizeDue) break;
      this.table.resize(bytes);
      this.sizeDue = null;
    }
    if (this.sizeDue !== null) throw compressionError("no update of a table that had to shrink");
  }

  private nameAt(index: number): string {
    if (index === 0) throw compressionError("index 0");
    if (index <= STATIC_ENTRIES) return STATIC_NAMES[index]!;
    const dynamic = index - STATIC_ENTRIES - 1;
    if (dynamic >= this.table.length) throw compressionError(`index ${index}, beyond the table`);
    return this.table.name(dynamic);
  }

  /** A string literal (RFC 7541 §5.2), one character an octet. */
  private readString(block: Buffer, end: number): string {
    const { cursor } = this;
    const huffman = cursor.at < end && block[cursor.at]! >= 0x80;
    const bytes = readInteger(cursor, block, end, 7);
    const start = cursor.at;
    if (bytes > end - start) throw compressionError("a string that reaches beyond its block");
    cursor.at = start + bytes;
    if (!huffman) return block.toString("latin1", start, start + bytes);
    if (huffmanDecodedBytesAtMost(bytes) > this.scratch.length) {
      this.scratch = Buffer.allocUnsafe(huffmanDecodedBytesAtMost(bytes));
    }
    const octets = huffmanDecode(block, start, start + bytes, this.scratch);
    if (octets < 0) throw compressionError("a string that is not valid Huffman code");
    return this.scratch.toString("latin1", 0, octets);
  }
}

function compressionError(message: string): Http2ConnectionError {
  return new Http2ConnectionError(H2_ERROR.COMPRESSION_ERROR, `HPACK: ${message}`);
}
