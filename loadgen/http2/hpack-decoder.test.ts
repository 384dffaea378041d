import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HpackDecoder } from "./hpack-decoder.js";
import { H2_ERROR, type Http2ConnectionError } from "./http2-error.js";

type Field = [name: string, value: string];

function decoder(maxTableSize = 4096, maxHeaderListBytes = 65_536): HpackDecoder {
  return new HpackDecoder({ maxTableSize, maxHeaderListBytes });
}

/** Decodes from the middle of a larger buffer, where blocks lie in truth. */
function decode(by: HpackDecoder, hex: string): Field[] {
  const block = Buffer.from(`ffff${hex.replace(/\s/g, "")}ffff`, "hex");
  const fields: Field[] = [];
  expect(by.decode(block, 2, block.length - 2, (name, value) => fields.push([name, value]))).toBe(true);
  return fields;
}

const compressionError = expect.objectContaining({
  name: "Http2ConnectionError",
  code: H2_ERROR.COMPRESSION_ERROR,
}) as Http2ConnectionError;

describe("RFC 7541, appendix C", () => {
  test.each<[string, string, Field[]]>([
    ["C.2.1", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", [["custom-key", "custom-header"]]],
    ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", [[":path", "/sample/path"]]],
    ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", [["password", "secret"]]],
    ["C.2.4", "82", [[":method", "GET"]]],
  ])("%s is decoded", (_, hex, fields) => {
    expect(decode(decoder(), hex)).toEqual(fields);
  });

  const requests: Field[][] = [
    [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
    ],
    [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
      ["cache-control", "no-cache"],
    ],
    [
      [":method", "GET"],
      [":scheme", "https"],
      [":path", "/index.html"],
      [":authority", "www.example.com"],
      ["custom-key", "custom-value"],
    ],
  ];
  const responses: Field[][] = [
    [
      [":status", "302"],
      ["cache-control", "private"],
      ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
      ["location", "https://www.example.com"],
    ],
    [
      [":status", "307"],
      ["cache-control", "private"],
      ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
      ["location", "https://www.example.com"],
    ],
    [
      [":status", "200"],
      ["cache-control", "private"],
      ["date", "Mon, 21 Oct 2013 20:13:22 GMT"],
      ["location", "https://www.example.com"],
      ["content-encoding", "gzip"],
      ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
    ],
  ];

  test.each<[string, number, string[], Field[][]]>([
    [
      "C.3, requests without Huffman,",
      4096,
      [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
      ],
      requests,
    ],
    [
      "C.4, requests with Huffman,",
      4096,
      [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
      ],
      requests,
    ],
    [
      "C.5, responses without Huffman, with evictions,",
      256,
      [
        `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d
         546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
        "4803 3330 37c1 c0bf",
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
         6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
         2076 6572 7369 6f6e 3d31`,
      ],
      responses,
    ],
    [
      "C.6, responses with Huffman, with evictions,",
      256,
      [
        `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
         8f0b 97c8 e9ae 82ae 43d3`,
        "4883 640e ffc1 c0bf",
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
         dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
      ],
      responses,
    ],
  ])("%s is decoded as one connection", (_, tableSize, blocks, lists) => {
    const one = decoder(tableSize);
    expect(blocks.map((hex) => decode(one, hex))).toEqual(lists);
  });
});

describe("the table's size", () => {
  const insertFoo = "40 03 666f6f 03 626172";

  test("changes with an update at the beginning of a block, several if need be", () => {
    const one = decoder();
    decode(one, insertFoo);
    expect(decode(one, "be")).toEqual([["foo", "bar"]]);
    decode(one, "20 3fe11f"); // 0, which drops foo, then 4096 again
    expect(() => decode(one, "be")).toThrow(compressionError);
    expect(decode(one, insertFoo + "be")).toHaveLength(2);
  });

  test("must not be updated behind a field", () => {
    expect(() => decode(decoder(), "82 20")).toThrow(compressionError);
  });

  test("must not grow beyond what was allowed", () => {
    expect(() => decode(decoder(4096), "3fe21f")).toThrow(compressionError); // 4097
  });

  test("is 4096 at first, even where more was allowed, until the peer makes use of it", () => {
    const one = decoder(8192);
    const insertLarge = `40 01 61 7f a11f ${"62".repeat(4128)}`;
    decode(one, insertLarge);
    expect(() => decode(one, "be")).toThrow(compressionError);
    decode(one, "3fe13f"); // 8192
    decode(one, insertLarge);
    expect(decode(one, "be")).toEqual([["a", "b".repeat(4128)]]);
    expect(() => decode(one, "3fe23f")).toThrow(compressionError); // 8193
  });

  test("must be lowered by the next block once the peer has acknowledged a lower limit", () => {
    const one = decoder();
    decode(one, insertFoo);
    const before = one.generation;
    one.setMaxTableSize(100);
    expect(one.generation).toBeGreaterThan(before);
    expect(decode(one, "3f45 be")).toEqual([["foo", "bar"]]); // 100
    expect(decode(one, "be")).toEqual([["foo", "bar"]]);
    one.setMaxTableSize(0);
    expect(() => decode(one, "82")).toThrow(compressionError);
  });

  test("that was lowered and raised again must be announced as the lowest first", () => {
    const one = decoder();
    decode(one, insertFoo);
    one.setMaxTableSize(0);
    one.setMaxTableSize(4096);
    expect(() => decode(one, "3fe11f 82")).toThrow(compressionError);
    expect(decode(one, "20 3fe11f 82")).toEqual([[":method", "GET"]]);
  });

  test("need not be updated when the new limit holds it anyway", () => {
    const one = decoder();
    one.setMaxTableSize(5000);
    expect(decode(one, "82")).toHaveLength(1);
  });
});

describe("a malformed block", () => {
  test.each([
    ["index 0", "80"],
    ["an index beyond the tables", "be"],
    ["a name index beyond the tables", "7f00 0161"],
    ["a name without a value", "40 0161"],
    ["a string longer than the block", "40 0161 05 6161"],
    ["invalid Huffman code", "40 0161 81 00"],
    ["an index cut off", "ff"],
    ["an integer without end", `ff${"80".repeat(20)}`],
    ["a string of 2^31 - 1 octets", "40 0161 7f80ffffff07"],
  ])("with %s is a compression error", (_, hex) => {
    expect(() => decode(decoder(), hex)).toThrow(compressionError);
  });

  test("is never anything but a compression error", () => {
    const start = fc.constantFrom("", "40036162630378797a", "3f4540036162630378797a", "7f01", "008166");
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 60 }), (prefix, bytes) => {
        const one = decoder(4096, 300);
        const block = Buffer.concat([Buffer.from(prefix, "hex"), bytes]);
        try {
          for (let i = 0; i < 2; i++) one.decode(block, 0, block.length, () => undefined);
        } catch (error) {
          expect(error).toEqual(compressionError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe("a header list above the limit", () => {
  test("is reported up to the limit, told by the result, and leaves the table in step", () => {
    const one = decoder(4096, 80);
    const block = Buffer.from("82 40 03666f6f 03626172 82 40 01 61 01 62".replace(/ /g, ""), "hex");
    const fields: Field[] = [];
    expect(one.decode(block, 0, block.length, (name, value) => fields.push([name, value]))).toBe(false);
    expect(fields).toEqual([
      [":method", "GET"],
      ["foo", "bar"],
    ]);
    expect(decode(one, "be")).toEqual([["a", "b"]]);
    expect(decode(one, "bf")).toEqual([["foo", "bar"]]);
  });

  test("is the answer to a bomb: an entry of 4 KB named 16,000 times", () => {
    const one = decoder(4096, 65_536);
    const bomb = Buffer.from(`40 01 61 7f b11e`.replace(/ /g, "") + "78".repeat(4016) + "be".repeat(16_000), "hex");
    let reported = 0;
    expect(one.decode(bomb, 0, bomb.length, (name, value) => (reported += name.length + value.length))).toBe(false);
    expect(reported).toBeLessThan(65_536);
    expect(reported).toBeGreaterThan(60_000);
  });

  test("is exact: names, values and 32 for each field", () => {
    const block = Buffer.from("82", "hex"); // :method GET, 42
    expect(decoder(4096, 42).decode(block, 0, 1, () => undefined)).toBe(true);
    expect(decoder(4096, 41).decode(block, 0, 1, () => undefined)).toBe(false);
  });
});

test("the generation stands still while blocks are made of indexed fields and plain literals", () => {
  const one = decoder();
  decode(one, "40 03 666f6f 03 626172");
  const { generation } = one;
  for (const block of ["82 be", "00 0161 0162", "10 0161 0162"]) decode(one, block);
  expect(one.generation).toBe(generation);
  decode(one, "40 0161 0162");
  expect(one.generation).toBeGreaterThan(generation);
});
