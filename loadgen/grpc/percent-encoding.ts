/**
 * The percent-encoding of `grpc-message` (gRPC over HTTP/2, "Responses"): UTF-8, everything but printable ASCII and the
 * percent sign itself as %XX.
 */

/** Text as the value of `grpc-message`. */
export function percentEncode(text: string): string {
  if (!NEEDS_ENCODING.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    encoded += isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/**
 * The text of a `grpc-message`. Never fails, since the message is all that is known of what went wrong: a percent sign
 * without two hexadecimal digits stays as it is, and so does a value whose octets are not UTF-8.
 */
export function percentDecode(value: string): string {
  if (!value.includes("%")) return value;
  const octets = value.replace(ENCODED_OCTET, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  try {
    return UTF8.decode(Buffer.from(octets, "latin1"));
  } catch {
    return value;
  }
}

const NEEDS_ENCODING = /[^\x20-\x24\x26-\x7e]/;
const ENCODED_OCTET = /%([0-9a-fA-F]{2})/g;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
}
