import fc from "fast-check";
import { expect, test } from "vitest";
import { StreamTable } from "./stream-table.js";

interface Entry {
  id: number;
  note: string;
}

function table(): StreamTable<Entry> {
  return new StreamTable(() => ({ id: 0, note: "" }));
}

test("finds what is open, and nothing else, whatever opens and closes", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ close: fc.boolean(), pick: fc.nat() }), { maxLength: 2_000 }), (steps) => {
      const streams = table();
      const open = new Map<number, string>();
      let nextId = 1;
      for (const { close, pick } of steps) {
        const ids = [...open.keys()];
        if (close && ids.length > 0) {
          const id = ids[pick % ids.length]!;
          streams.close(streams.find(id)!);
          open.delete(id);
          expect(streams.find(id)).toBeUndefined();
        } else {
          nextId += 2 * (pick % 40);
          const note = `stream ${nextId}`;
          streams.open(nextId).note = note;
          open.set(nextId, note);
          nextId += 2;
        }
        expect(streams.size).toBe(open.size);
      }
      for (const [id, note] of open) expect(streams.find(id)?.note).toBe(note);
      expect(new Set(streams.all().map(({ id }) => id))).toEqual(new Set(open.keys()));
    }),
    { numRuns: 200 },
  );
});

test("one stream that stays open among a million others costs no memory", () => {
  let made = 0;
  const streams = new StreamTable<Entry>(() => (made++, { id: 0, note: "" }));
  streams.open(1).note = "stays";
  for (let id = 3; id < 2_000_000; id += 2) streams.close(streams.open(id));
  expect(streams.find(1)?.note).toBe("stays");
  expect(made).toBeLessThan(140);
});

test("it grows with what is open at once, and objects are used again", () => {
  let made = 0;
  const streams = new StreamTable<Entry>(() => (made++, { id: 0, note: "" }));
  for (let round = 0; round < 50; round++) {
    const first = 1 + round * 20_000;
    const opened = Array.from({ length: 10_000 }, (_, i) => streams.open(first + 2 * i));
    for (const stream of opened) streams.close(stream);
  }
  expect(made).toBeLessThan(40_000);
  expect(streams.size).toBe(0);
});
