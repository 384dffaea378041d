import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";

export interface HpackDecoderOptions {
  /** The SETTINGS_HEADER_TABLE_SIZE in force for the peer: 4096 until it has acknowledged another one. */
  readonly maxTableSize: number;
  /** Larger header lists (RFC 9113 §6.5.2: names + values + 32 each) are decoded, but not reported to the end. */
  readonly maxHeaderListBytes: number;
}

export class HpackDecoder {
  /** Increases whenever the dynamic table changes: equal blocks mean equal fields while it stands still. */
  generation = 0;

  constructor(private readonly options: HpackDecoderOptions) {}

  /** Our settings were acknowledged: from now on the peer's table holds at most this. */
  setMaxTableSize(_bytes: number): void {
    throw new Http2ConnectionError(H2_ERROR.INTERNAL_ERROR, `being written ${this.options.maxTableSize}`);
  }

  /**
   * Decodes one whole header block.
   * @returns false when the list was larger than maxHeaderListBytes: fields from there on were not reported, but the
   *   table is in step, so that only the stream need be refused
   * @throws Http2ConnectionError COMPRESSION_ERROR
   */
  decode(_block: Buffer, _start: number, _end: number, _onField: (name: string, value: string) => void): boolean {
    throw new Http2ConnectionError(H2_ERROR.INTERNAL_ERROR, "being written");
  }
}
