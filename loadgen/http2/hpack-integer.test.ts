import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INTEGER_BYTES, readInteger, writeInteger } from "./hpack-integer.js";
import { H2_ERROR, type Http2ConnectionError } from "./http2-error.js";

function read(hex: string, prefixBits: number): { value: number; at: number } {
  const block = Buffer.from(hex, "hex");
  const cursor = { at: 0 };
  const value = readInteger(cursor, block, block.length, prefixBits);
  return { value, at: cursor.at };
}

describe("HPACK integers", () => {
  test.each([
    ["C.1.1", 10, 5, "0a"],
    ["C.1.2", 1337, 5, "1f9a0a"],
    ["C.1.3", 42, 8, "2a"],
  ])("are those of RFC 7541, %s", (_, value, prefixBits, hex) => {
    const into = Buffer.alloc(INTEGER_BYTES);
    const end = writeInteger(into, 0, 0, prefixBits, value);
    expect(into.toString("hex", 0, end)).toBe(hex);
    expect(read(hex, prefixBits)).toEqual({ value, at: hex.length / 2 });
  });

  test("come back from every prefix, whatever stands above it and around them", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0x7fff_ffff })),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 255 }),
        (value, prefixBits, pattern) => {
          const high = pattern & (0xff << prefixBits);
          const into = Buffer.alloc(INTEGER_BYTES + 4, 0xff);
          const end = writeInteger(into, 2, high, prefixBits, value);
          expect(end - 2).toBeLessThanOrEqual(INTEGER_BYTES);
          expect(into[2]! & (0xff << prefixBits) & 0xff).toBe(high & 0xff);
          const cursor = { at: 2 };
          expect(readInteger(cursor, into, into.length, prefixBits)).toBe(value);
          expect(cursor.at).toBe(end);
        },
      ),
    );
  });

  test("may carry groups of zeros", () => {
    expect(read("1f8080808000", 5)).toEqual({ value: 31, at: 6 });
  });

  test.each([
    ["nothing", ""],
    ["a prefix only", "1f"],
    ["a group that announces another", "1f9a"],
  ])("cut off behind %s are a compression error", (_, hex) => {
    expect(() => read(hex, 5)).toThrow(expectedError);
  });

  test.each([
    ["2^31", "1fe1ffffff07"],
    ["more than 32 bits", "1fffffffff7f"],
    ["six groups", "1f808080808000"],
    ["groups without end", `1f${"80".repeat(1000)}00`],
  ])("of %s are a compression error", (_, hex) => {
    expect(() => read(hex, 5)).toThrow(expectedError);
  });

  test("reach up to 2^31 - 1", () => {
    expect(read("1fe0ffffff07", 5).value).toBe(0x7fff_ffff);
  });
});

const expectedError = expect.objectContaining({
  name: "Http2ConnectionError",
  code: H2_ERROR.COMPRESSION_ERROR,
}) as Http2ConnectionError;
