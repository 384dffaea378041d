export interface HpackEncoderOptions {
  /** The most our encoder wants to keep, whatever the peer offers. */
  readonly maxTableSize: number;
  /** Never the dynamic table, never Huffman. */
  readonly literalOnly: boolean;
  /** Names whose values change with each call: sent as literals that stay out of the table. */
  readonly unindexed?: readonly string[];
}

export type HeaderField = readonly [name: string, value: string];

export class HpackEncoder {
  /** Increases whenever the dynamic table changes, or must change with the next block. */
  generation = 0;

  constructor(private readonly options: HpackEncoderOptions) {}

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  setPeerTableSize(_bytes: number): void {
    throw new Error(`being written ${this.options.maxTableSize}`);
  }

  /** Writes one header block; returns the offset behind it. `into` must have room for encodedBytesAtMost(fields). */
  encode(_fields: readonly HeaderField[], _into: Buffer, _at: number): number {
    throw new Error("being written");
  }
}

/** No block for these fields is longer than this. */
export function encodedBytesAtMost(fields: readonly HeaderField[]): number {
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length + 16, 16);
}
