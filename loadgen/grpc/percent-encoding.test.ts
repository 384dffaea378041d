import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { percentDecode, percentEncode } from "./percent-encoding.js";

describe("the text of grpc-message", () => {
  test.each([
    ["plain ~text", "plain ~text"],
    ["100%", "100%25"],
    ["tab\tand\nline", "tab%09and%0Aline"],
    ["ä€😀", "%C3%A4%E2%82%AC%F0%9F%98%80"],
    ["\x7f", "%7F"],
    ["", ""],
  ])("%j is sent as %s", (text, encoded) => {
    expect(percentEncode(text)).toBe(encoded);
    expect(percentDecode(encoded)).toBe(text);
  });

  test("comes back whatever it is, and is printable ASCII on the way", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const encoded = percentEncode(text);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        expect(percentDecode(encoded)).toBe(text);
      }),
    );
  });

  test("is taken in lower case too", () => {
    expect(percentDecode("%c3%a4")).toBe("ä");
  });

  test.each(["%", "50% of it", "%4", "%zz", "%%"])("keeps %j, which is no encoding, as it is", (value) => {
    expect(percentDecode(value)).toBe(value);
  });

  test("decodes what can be decoded beside what cannot", () => {
    expect(percentDecode("%zz%20%")).toBe("%zz %");
  });

  test.each(["%ff", "%C3", "%C3%28 and %20", "%ED%A0%80"])("keeps %s, which is not UTF-8, as it is", (value) => {
    expect(percentDecode(value)).toBe(value);
  });

  test("keeps a byte order mark", () => {
    expect(percentDecode("%EF%BB%BFa")).toBe("\ufeffa");
  });

  test("is never refused", () => {
    fc.assert(fc.property(fc.string(), (value) => typeof percentDecode(`%41${value}`) === "string"));
  });
});
