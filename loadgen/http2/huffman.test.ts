import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { huffmanDecode, huffmanDecodedBytesAtMost, huffmanEncode, huffmanEncodedBytes } from "./huffman.js";

/** Any octets, one character each. */
const octets = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1"));

function encoded(text: string): Buffer {
  const into = Buffer.alloc(huffmanEncodedBytes(text));
  expect(huffmanEncode(text, into, 0)).toBe(into.length);
  return into;
}

/** The text, or null where the code is invalid. */
function decoded(source: Buffer): string | null {
  const into = Buffer.alloc(huffmanDecodedBytesAtMost(source.length));
  const bytes = huffmanDecode(source, 0, source.length, into);
  return bytes < 0 ? null : into.toString("latin1", 0, bytes);
}

describe("the Huffman code", () => {
  test.each([
    ["www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"],
    ["no-cache", "a8eb10649cbf"],
    ["custom-key", "25a849e95ba97d7f"],
    ["custom-value", "25a849e95bb8e8b4bf"],
    ["302", "6402"],
    ["private", "aec3771a4b"],
    ["Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"],
    ["https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3"],
    ["gzip", "9bd9ab"],
    [
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
      "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ],
  ])("of %s is that of RFC 7541, appendix C", (text, hex) => {
    expect(encoded(text).toString("hex")).toBe(hex);
    expect(decoded(Buffer.from(hex, "hex"))).toBe(text);
  });

  // Codes of appendix B that no text above holds, left-aligned and padded with ones: the shortest, the longest.
  test.each([
    [0x00, "ffc7"],
    [0x0a, "fffffff3"],
    [0x30, "07"],
    [0x7f, "ffffffcf"],
    [0x80, "fffe6f"],
    [0xcf, "fffff6ff"],
    [0xf9, "ffffffef"],
    [0xff, "fffffbbf"],
  ])("of octet %i is that of RFC 7541, appendix B", (octet, hex) => {
    expect(encoded(String.fromCharCode(octet)).toString("hex")).toBe(hex);
  });

  test("brings every octet back, alone and behind every number of bits", () => {
    for (let octet = 0; octet < 256; octet++) {
      for (const before of ["", "0", "00", "000", " ", "X", "0 ", "#", "!!", "|"]) {
        const text = before + String.fromCharCode(octet);
        expect(decoded(encoded(text))).toBe(text);
      }
    }
  });

  test("brings back every string", () => {
    fc.assert(fc.property(octets, (text) => decoded(encoded(text)) === text));
  });

  test("accepts of all bytes only those that encode what they decode to", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = decoded(Buffer.from(bytes));
        if (text !== null) expect(encoded(text)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["a whole byte of padding", "ff"],
    ["a byte of padding behind a symbol", "1fff"],
    ["padding that is not all ones", "00"],
    ["padding that ends within the code of a symbol", "52bc30ffffffff"],
    ["EOS", "fffffffc"],
    ["EOS behind a symbol", "1fffffffffff"],
    ["EOS with a symbol behind it", "fffffffc7f"],
  ])("does not decode with %s", (_, hex) => {
    expect(decoded(Buffer.from(hex, "hex"))).toBeNull();
  });

  test("cannot say a character beyond an octet", () => {
    expect(() => huffmanEncodedBytes("€")).toThrow(RangeError);
  });

  test("decodes to no more bytes than were announced, for the shortest codes there are", () => {
    const text = "0".repeat(1000);
    expect(huffmanDecodedBytesAtMost(huffmanEncodedBytes(text))).toBe(1000);
  });
});
