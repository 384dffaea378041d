import { expect, test } from "vitest";
import { HeaderBlockMemo } from "./header-block-memo.js";
import { HpackDecoder } from "./hpack-decoder.js";
import { encodedBytesAtMost, HpackEncoder, type HeaderField } from "./hpack-encoder.js";

/** A decoder that remembers, beside one that does not. */
class Both {
  readonly decoder = new HpackDecoder({ maxTableSize: 4096, maxHeaderListBytes: 65_536 });
  readonly memo = new HeaderBlockMemo<string>(this.decoder);
  decoded = 0;

  read(block: Buffer): string {
    return this.memo.recall(block, 0, block.length) ?? this.decode(block);
  }

  private decode(block: Buffer): string {
    this.decoded++;
    const before = this.decoder.generation;
    const fields: string[] = [];
    this.decoder.decode(block, 0, block.length, (name, value) => fields.push(`${name}=${value}`));
    const meaning = fields.join(" ");
    this.memo.keep(block, 0, block.length, before, meaning);
    return meaning;
  }
}

function encoder(): (...fields: HeaderField[]) => Buffer {
  const hpack = new HpackEncoder({ maxTableSize: 4096, literalOnly: false });
  return (...fields) => {
    const bytes = Buffer.alloc(encodedBytesAtMost(fields));
    return Buffer.from(bytes.subarray(0, hpack.encode(fields, bytes, 0)));
  };
}

test("a block that changes the table is decoded each time, then equal blocks are only recognised", () => {
  const encode = encoder();
  const both = new Both();
  for (let i = 0; i < 5; i++) expect(both.read(encode(["grpc-status", "0"]))).toBe("grpc-status=0");
  expect(both.decoded).toBe(2);
});

test("once the table has changed, equal bytes are decoded again: they mean something else", () => {
  const encode = encoder();
  const both = new Both();
  both.read(encode(["a", "1"]));
  const indexed = encode(["a", "1"]);
  expect(both.read(indexed)).toBe("a=1");
  expect(both.read(indexed)).toBe("a=1");
  both.read(encode(["b", "2"]));
  expect(both.read(indexed)).toBe("b=2");
  expect(both.decoded).toBe(4);
});

test("blocks that share a place are told apart by their bytes", () => {
  const both = new Both();
  const encode = encoder();
  const lists = Array.from({ length: 40 }, (_, i): HeaderField => ["grpc-status", String(i)]);
  for (const list of lists) both.read(encode(list));
  for (let round = 0; round < 3; round++) {
    for (const list of lists) expect(both.read(encode(list))).toBe(`${list[0]}=${list[1]}`);
  }
});

test("long and empty blocks are decoded each time", () => {
  const both = new Both();
  const literal = new HpackEncoder({ maxTableSize: 4096, literalOnly: true });
  const fields: HeaderField[] = [["x", "y".repeat(100)]];
  const bytes = Buffer.alloc(200);
  const block = bytes.subarray(0, literal.encode(fields, bytes, 0));
  both.read(block);
  both.read(block);
  both.read(Buffer.alloc(0));
  both.read(Buffer.alloc(0));
  expect(both.decoded).toBe(4);
});
