import fc from "fast-check";
import { expect, test } from "vitest";
import { HpackDecoder } from "./hpack-decoder.js";
import { encodedBytesAtMost, HpackEncoder, type HeaderField } from "./hpack-encoder.js";
import { STATIC_NAMES, STATIC_VALUES } from "./hpack-static-table.js";

/** Any octets, one character each. */
function octets(maxLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString("latin1"));
}

/** Few different ones, so that tables get hits; the static table; secrets; large ones; octets without sense. */
const field: fc.Arbitrary<HeaderField> = fc.oneof(
  fc.tuple(fc.constantFrom(":path", "x-a", "x-b", "x-c"), fc.constantFrom("", "0", "/a.B/c", "v".repeat(90))),
  fc.integer({ min: 1, max: 61 }).map((index) => [STATIC_NAMES[index]!, STATIC_VALUES[index]!] as const),
  fc.tuple(fc.constantFrom("authorization", "cookie", "grpc-timeout"), octets(30)),
  fc.tuple(octets(20), octets(300)),
  fc.tuple(
    fc.constant("x-large"),
    fc.integer({ min: 0, max: 6000 }).map((length) => "y".repeat(length)),
  ),
);

const tableSize = fc.oneof(fc.constantFrom(0, 4096), fc.integer({ min: 0, max: 10_000 }));

test("what is encoded is what is decoded, over many blocks, whatever becomes of the tables", () => {
  const step = fc.record({
    sizes: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(tableSize, { maxLength: 3 })),
    fields: fc.array(field, { maxLength: 12 }),
  });
  const connection = fc.record({
    maxTableSize: tableSize,
    literalOnly: fc.boolean(),
    steps: fc.array(step, { maxLength: 12 }),
  });
  fc.assert(
    fc.property(connection, ({ maxTableSize, literalOnly, steps }) => {
      const encoder = new HpackEncoder({ maxTableSize, literalOnly, unindexed: ["grpc-timeout"] });
      const decoder = new HpackDecoder({ maxTableSize: 4096, maxHeaderListBytes: Infinity });
      for (const { sizes, fields } of steps) {
        for (const size of sizes) {
          encoder.setPeerTableSize(size);
          decoder.setMaxTableSize(size);
        }
        const into = Buffer.alloc(encodedBytesAtMost(fields));
        const end = encoder.encode(fields, into, 0);
        const decoded: HeaderField[] = [];
        expect(decoder.decode(into, 0, end, (name, value) => decoded.push([name, value]))).toBe(true);
        expect(decoded).toEqual(fields);
      }
    }),
    { numRuns: 500 },
  );
});

test("a block whose encoding left the generation alone decodes to the same fields as often as it is sent", () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), fc.array(fc.array(field, { maxLength: 4 })), (fields, others) => {
      const encoder = new HpackEncoder({ maxTableSize: 4096, literalOnly: false });
      const decoder = new HpackDecoder({ maxTableSize: 4096, maxHeaderListBytes: Infinity });
      const into = Buffer.alloc(encodedBytesAtMost(fields));
      let generation = -1;
      let end = 0;
      for (const other of [[], ...others]) {
        const between = Buffer.alloc(encodedBytesAtMost(other));
        decoder.decode(between, 0, encoder.encode(other, between, 0), () => undefined);
        for (let i = 0; i < 3; i++) {
          // As a client does: the kept block while it holds, else a new one.
          const kept = encoder.generation === generation;
          if (!kept) {
            const before = encoder.generation;
            end = encoder.encode(fields, into, 0);
            generation = encoder.generation === before ? before : -1;
          }
          const decoded: HeaderField[] = [];
          const decoderBefore = decoder.generation;
          decoder.decode(into, 0, end, (name, value) => decoded.push([name, value]));
          expect(decoded).toEqual(fields);
          if (kept) expect(decoder.generation).toBe(decoderBefore);
        }
      }
    }),
  );
});
