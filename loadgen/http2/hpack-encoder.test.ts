import { describe, expect, test } from "vitest";
import { encodedBytesAtMost, HpackEncoder, type HeaderField, type HpackEncoderOptions } from "./hpack-encoder.js";

function encoder(options: Partial<HpackEncoderOptions> = {}): HpackEncoder {
  return new HpackEncoder({ maxTableSize: 4096, literalOnly: false, ...options });
}

/** The block in hexadecimal digits. */
function encode(by: HpackEncoder, ...fields: HeaderField[]): string {
  const into = Buffer.alloc(encodedBytesAtMost(fields) + 3);
  return into.toString("hex", 3, by.encode(fields, into, 3));
}

const foo: HeaderField = ["foo", "bar"];

describe("the encoder", () => {
  test("writes the requests of RFC 7541, appendix C.4, byte by byte", () => {
    const one = encoder();
    const authority: HeaderField = [":authority", "www.example.com"];
    expect([
      encode(one, [":method", "GET"], [":scheme", "http"], [":path", "/"], authority),
      encode(one, [":method", "GET"], [":scheme", "http"], [":path", "/"], authority, ["cache-control", "no-cache"]),
      encode(one, [":method", "GET"], [":scheme", "https"], [":path", "/index.html"], authority, [
        "custom-key",
        "custom-value",
      ]),
    ]).toEqual([
      "828684418cf1e3c2e5f23a6ba0ab90f4ff",
      "828684be5886a8eb10649cbf",
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ]);
  });

  test("writes a string plainly where Huffman code is not shorter", () => {
    expect(encode(encoder(), ["x!", "~~"])).toBe("4002782102 7e7e".replace(" ", ""));
  });

  test("names a field it has sent before by its index, and a known name with a new value by the name's", () => {
    const one = encoder();
    encode(one, foo);
    expect(encode(one, foo)).toBe("be");
    expect(encode(one, ["foo", "!"])).toBe("7e0121");
    expect(encode(one, foo)).toBe("bf");
  });

  test.each(["authorization", "proxy-authorization", "cookie", "set-cookie"])(
    "never lets %s into a table, and says so to those further on",
    (name) => {
      const one = encoder();
      const first = encode(one, [name, "!"]);
      expect(first).toMatch(/^1f..0121$/);
      expect(encode(one, [name, "!"])).toBe(first);
      expect(one.generation).toBe(encoder().generation);
    },
  );

  test("keeps values that change with each call out of the table", () => {
    const one = encoder({ unindexed: ["grpc-timeout"] });
    const before = one.generation;
    expect(encode(one, ["grpc-timeout", "!"])).toMatch(/^00(..)+0121$/);
    expect(one.generation).toBe(before);
  });

  test("does not give most of the table to one field", () => {
    const one = encoder();
    encode(one, foo);
    expect(encode(one, ["x", "~".repeat(4000)])).toMatch(/^00/);
    expect(encode(one, foo)).toBe("be");
  });

  test("refuses what does not fit, in room or in octets, before it has changed anything", () => {
    const one = encoder();
    const into = Buffer.alloc(encodedBytesAtMost([foo]) - 1);
    expect(() => one.encode([foo], into, 0)).toThrow(RangeError);
    expect(() => one.encode([foo, ["x", "€"]], Buffer.alloc(1000), 0)).toThrow(RangeError);
    expect(() => one.encode([foo, ["€", "x"]], Buffer.alloc(1000), 0)).toThrow(RangeError);
    expect(one.generation).toBe(encoder().generation);
    expect(encode(one, foo)).toBe(encode(encoder(), foo));
  });
});

describe("literal-only headers", () => {
  test("are indices of the static table or plain literals, the same in every block", () => {
    const one = encoder({ literalOnly: true });
    const fields: HeaderField[] = [[":method", "POST"], [":path", "/a"], foo];
    const block = `83 04022f61 00 03666f6f 03626172`.replaceAll(" ", "");
    expect([encode(one, ...fields), encode(one, ...fields)]).toEqual([block, block]);
  });

  test("still say when the peer's table must shrink", () => {
    const one = encoder({ literalOnly: true });
    one.setPeerTableSize(0);
    expect(encode(one, [":method", "POST"])).toBe("2083");
  });
});

describe("the table's size", () => {
  test("is announced when it is less than the 4096 both sides start with", () => {
    const one = encoder({ maxTableSize: 100 });
    expect(encode(one, foo)).toMatch(/^3f45/);
    expect(encode(one, foo)).toBe("be");
  });

  test("grows only as far as the peer allows and we want", () => {
    const one = encoder({ maxTableSize: 8192 });
    expect(encode(one, [":method", "GET"])).toBe("82");
    one.setPeerTableSize(1_000_000);
    expect(encode(one, [":method", "GET"])).toBe("3fe13f82"); // 8192
    const modest = encoder();
    modest.setPeerTableSize(1_000_000);
    expect(encode(modest, [":method", "GET"])).toBe("82");
  });

  test("that changed twice between blocks is announced as the smallest, then the last (RFC 7541 §4.2)", () => {
    const one = encoder();
    encode(one, foo);
    one.setPeerTableSize(0);
    one.setPeerTableSize(100);
    one.setPeerTableSize(50);
    expect(encode(one, [":method", "GET"])).toBe("203f1382");
    expect(encode(one, [":method", "GET"])).toBe("82");
  });

  test("that went down and up again leaves no entry behind", () => {
    const one = encoder();
    encode(one, foo);
    one.setPeerTableSize(0);
    one.setPeerTableSize(4096);
    expect(encode(one, foo)).toMatch(/^203fe11f40/);
  });

  test("that drops below an entry drops it", () => {
    const one = encoder();
    encode(one, foo);
    one.setPeerTableSize(37);
    expect(encode(one, foo)).toMatch(/^3f0600/);
  });
});

describe("the generation", () => {
  test("stands still for a block that may be repeated, and moves with everything else", () => {
    const one = encoder();
    const moves = (step: () => void) => {
      const before = one.generation;
      step();
      return one.generation !== before;
    };
    expect(moves(() => encode(one, foo))).toBe(true);
    expect(moves(() => encode(one, foo, [":method", "GET"], ["cookie", "a"]))).toBe(false);
    expect(moves(() => one.setPeerTableSize(4096))).toBe(false);
    expect(moves(() => one.setPeerTableSize(100))).toBe(true);
    // The block that carries the update must not be repeated.
    expect(moves(() => encode(one, foo))).toBe(true);
    expect(moves(() => encode(one, foo))).toBe(false);
  });
});
