import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entryBytes, HpackDynamicTable } from "./hpack-dynamic-table.js";

type Entry = readonly [name: string, value: string];

function contents(table: HpackDynamicTable): Entry[] {
  return Array.from({ length: table.length }, (_, i) => [table.name(i), table.value(i)] as const);
}

describe("the dynamic table", () => {
  test("counts 32 octets for an entry beside its own (RFC 7541 §4.1)", () => {
    expect(entryBytes("custom-key", "custom-header")).toBe(55);
  });

  test("holds the newest entry first and drops the oldest when it is full", () => {
    const table = new HpackDynamicTable(3 * 34);
    for (const name of ["a", "b", "c", "d"]) table.insert(name, "1");
    expect(contents(table)).toEqual([
      ["d", "1"],
      ["c", "1"],
      ["b", "1"],
    ]);
    expect(table.bytes).toBe(102);
  });

  test("is emptied by an entry larger than itself, which it does not keep", () => {
    const table = new HpackDynamicTable(100);
    table.insert("a", "1");
    table.insert("b", "x".repeat(100));
    expect(contents(table)).toEqual([]);
    expect(table.bytes).toBe(0);
  });

  test("tells every change by its generation, and only changes", () => {
    const table = new HpackDynamicTable(100);
    const steps = [() => table.insert("a", "1"), () => table.insert("b", "x".repeat(99)), () => table.resize(50)];
    for (const step of steps) {
      const before = table.generation;
      step();
      expect(table.generation).toBeGreaterThan(before);
    }
    const before = table.generation;
    table.resize(50);
    expect(table.generation).toBe(before);
  });

  test("does what a plain list of entries would do", () => {
    const insertion = fc.tuple(fc.constant("insert" as const), fc.integer({ min: 0, max: 60 }));
    const resizing = fc.tuple(fc.constant("resize" as const), fc.integer({ min: 0, max: 3000 }));
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 9, arbitrary: insertion }, resizing), { maxLength: 300 }), (steps) => {
        const table = new HpackDynamicTable(2000);
        let model: Entry[] = [];
        let limit = 2000;
        steps.forEach(([kind, number], i) => {
          if (kind === "resize") limit = number;
          else model.unshift([`n${i}`, "v".repeat(number)]);
          while (sizeOf(model) > limit) model = model.slice(0, -1);
          if (kind === "resize") table.resize(number);
          else table.insert(`n${i}`, "v".repeat(number));
          expect(table.bytes).toBe(sizeOf(model));
        });
        expect(contents(table)).toEqual(model);
      }),
    );
  });
});

function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, [name, value]) => sum + entryBytes(name, value), 0);
}
