/**
 * Integers of HPACK (RFC 7541 §5.1): what fits stands in the low `prefixBits` of the first byte, the rest in groups of
 * seven bits behind it, lowest first. Our limit, where the RFC leaves it to us: 2^31 − 1 in at most five further bytes.
 */
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";

/** Where reading goes on: one object for each decoder, so that no pair is made per integer. */
export interface Cursor {
  at: number;
}

const MAX_INTEGER = 0x7fff_ffff;
const MAX_FURTHER_BYTES = 5;

/** Room that one integer takes at most. */
export const INTEGER_BYTES = 1 + MAX_FURTHER_BYTES;

/**
 * Reads the integer whose first byte is at the cursor, and moves the cursor behind it.
 * @throws Http2ConnectionError COMPRESSION_ERROR when it is cut off by `end` or beyond the limit
 */
export function readInteger(cursor: Cursor, block: Buffer, end: number, prefixBits: number): number {
  if (cursor.at >= end) throw cutOff();
  const prefix = (1 << prefixBits) - 1;
  let value = block[cursor.at++]! & prefix;
  if (value < prefix) return value;
  for (let further = 0; further < MAX_FURTHER_BYTES; further++) {
    if (cursor.at >= end) throw cutOff();
    const byte = block[cursor.at++]!;
    // Not a shift: the fifth group reaches beyond 32 bits.
    value += (byte & 0x7f) * 2 ** (7 * further);
    if (value > MAX_INTEGER) break;
    if (byte < 0x80) return value;
  }
  throw new Http2ConnectionError(H2_ERROR.COMPRESSION_ERROR, "an integer beyond 2^31 - 1 in a header block");
}

/** Writes `value` under the pattern `high`, the bits of the first byte above the prefix; returns the offset behind. */
export function writeInteger(into: Buffer, at: number, high: number, prefixBits: number, value: number): number {
  const prefix = (1 << prefixBits) - 1;
  if (value < prefix) {
    into[at] = high | value;
    return at + 1;
  }
  into[at++] = high | prefix;
  let rest = value - prefix;
  for (; rest >= 0x80; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80;
  into[at] = rest;
  return at + 1;
}

function cutOff(): Http2ConnectionError {
  return new Http2ConnectionError(H2_ERROR.COMPRESSION_ERROR, "a header block that ends within a field");
}
