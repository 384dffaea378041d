import { expect, test } from "vitest";
import fc from "fast-check";
import { editDistance, nearestWord } from "./nearest-word.js";

test("a swap of neighbours is one slip, like a missing, a wrong or an extra letter", () => {
  expect(editDistance("l7-tsl", "l7-tls")).toBe(1);
  expect(editDistance("toPort", "toPorts")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
});

test("distance is symmetric, zero only for equal words, and never above the longer length", () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "c") });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
    { seed: 1 },
  );
});

test("the nearest known word is named whatever its case", () => {
  expect(nearestWord("L7-Visiblity", ["l7", "l7-visibility", "l7-tls"])).toBe("l7-visibility");
});

test("a word that resembles nothing gets no suggestion", () => {
  expect(nearestWord("kubernetes", ["l7", "tls", "no-policy"])).toBeNull();
});
