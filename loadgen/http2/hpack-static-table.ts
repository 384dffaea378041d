/**
 * The static table of HPACK (RFC 7541, appendix A): indices 1 … 61. Index 0 is kept empty, so that an index of the
 * wire is an index here.
 */

// prettier-ignore
const ENTRIES: readonly (readonly [name: string, value: string])[] = [
  ["", ""],
  [":authority", ""], [":method", "GET"], [":method", "POST"], [":path", "/"], [":path", "/index.html"],
  [":scheme", "http"], [":scheme", "https"], [":status", "200"], [":status", "204"], [":status", "206"],
  [":status", "304"], [":status", "400"], [":status", "404"], [":status", "500"], ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"], ["accept-language", ""], ["accept-ranges", ""], ["accept", ""],
  ["access-control-allow-origin", ""], ["age", ""], ["allow", ""], ["authorization", ""], ["cache-control", ""],
  ["content-disposition", ""], ["content-encoding", ""], ["content-language", ""], ["content-length", ""],
  ["content-location", ""], ["content-range", ""], ["content-type", ""], ["cookie", ""], ["date", ""], ["etag", ""],
  ["expect", ""], ["expires", ""], ["from", ""], ["host", ""], ["if-match", ""], ["if-modified-since", ""],
  ["if-none-match", ""], ["if-range", ""], ["if-unmodified-since", ""], ["last-modified", ""], ["link", ""],
  ["location", ""], ["max-forwards", ""], ["proxy-authenticate", ""], ["proxy-authorization", ""], ["range", ""],
  ["referer", ""], ["refresh", ""], ["retry-after", ""], ["server", ""], ["set-cookie", ""],
  ["strict-transport-security", ""], ["transfer-encoding", ""], ["user-agent", ""], ["vary", ""], ["via", ""],
  ["www-authenticate", ""],
];

/** The highest index of the static table; the newest entry of the dynamic one is next. */
export const STATIC_ENTRIES = ENTRIES.length - 1;
export const STATIC_NAMES: readonly string[] = ENTRIES.map(([name]) => name);
export const STATIC_VALUES: readonly string[] = ENTRIES.map(([, value]) => value);

const FIRST_BY_NAME = new Map<string, number>();
for (let index = STATIC_ENTRIES; index > 0; index--) FIRST_BY_NAME.set(STATIC_NAMES[index]!, index);

/** The lowest index with this name; 0 when there is none. Entries of one name stand side by side. */
export function staticNameIndex(name: string): number {
  return FIRST_BY_NAME.get(name) ?? 0;
}

/** The index of this very field, searched from `nameIndex` (see staticNameIndex) on; 0 when there is none. */
export function staticFieldIndex(nameIndex: number, name: string, value: string): number {
  for (let index = nameIndex; index > 0 && STATIC_NAMES[index] === name; index++) {
    if (STATIC_VALUES[index] === value) return index;
  }
  return 0;
}
