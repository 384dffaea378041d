/**
 * Finds one field in an encoded protobuf message without decoding the rest: for answers that repeat what the request
 * named (https://protobuf.dev/programming-guides/encoding/).
 */

/** Where the content of a length-delimited field lies: `message[start … end)`. */
export interface FieldSpan {
  readonly start: number;
  readonly end: number;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/**
 * The last length-delimited field of this number, as proto3 takes it; null when there is none.
 * @returns "malformed" when `message[start … end)` is not a protobuf message
 */
export function findField(message: Buffer, start: number, end: number, number: number): FieldSpan | null | "malformed" {
  let found: FieldSpan | null = null;
  const cursor = { at: start };
  while (cursor.at < end) {
    const tag = readVarint(message, cursor, end);
    if (tag < 8) return "malformed";
    const wireType = tag % 8;
    const size =
      wireType === LENGTH_DELIMITED ? readVarint(message, cursor, end) : fixedSize(message, cursor, end, wireType);
    if (!(size >= 0) || cursor.at + size > end) return "malformed";
    if (wireType === LENGTH_DELIMITED && Math.floor(tag / 8) === number) {
      found = { start: cursor.at, end: cursor.at + size };
    }
    cursor.at += size;
  }
  return found;
}

/** Bytes to skip; a varint is skipped by reading it. NaN for wire types that do not exist any more. */
function fixedSize(message: Buffer, cursor: { at: number }, end: number, wireType: number): number {
  switch (wireType) {
    case VARINT:
      return Number.isNaN(readVarint(message, cursor, end)) ? NaN : 0;
    case FIXED64:
      return 8;
    case FIXED32:
      return 4;
    default:
      return NaN;
  }
}

/** As a double: exact for what lengths and tags can be. NaN when it is cut off or longer than ten bytes. */
function readVarint(message: Buffer, cursor: { at: number }, end: number): number {
  let value = 0;
  for (let scale = 1; cursor.at < end && scale <= 2 ** 63; scale *= 128) {
    const byte = message[cursor.at++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  return NaN;
}
