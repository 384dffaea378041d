import { describe, expect, test } from "vitest";
import { benjaminiHochberg, holm } from "./multiplicity.js";

// Benjamini and Hochberg 1995, §3.2; adjusted by R's p.adjust.
const ps = [
  0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
];
const rounded = (values: readonly number[]): number[] => values.map((value) => Number(value.toFixed(7)));

describe("adjusted p-values", () => {
  test("by Holm are R's", () => {
    expect(rounded(holm(ps)).slice(0, 6)).toEqual([0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278]);
    expect(holm(ps).at(-1)).toBe(1);
  });

  test("by Benjamini and Hochberg are R's", () => {
    expect(rounded(benjaminiHochberg(ps)).slice(0, 10)).toEqual([
      0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571, 0.0638571, 0.0645, 0.0765, 0.486,
    ]);
  });

  test("come back in the order in which they came", () => {
    expect(holm([0.04, 0.01, 0.03])).toEqual([0.06, 0.03, 0.06]);
    expect(rounded(benjaminiHochberg([0.04, 0.01, 0.03]))).toEqual([0.04, 0.03, 0.04]);
  });

  test("never pass 1 and never fall below a smaller p's", () => {
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(rounded(holm([0.5, 0.011, 0.01]))).toEqual([0.5, 0.03, 0.03]);
    expect(benjaminiHochberg([0.9, 0.8])).toEqual([0.9, 0.9]);
  });

  test("of one test are the test's own, and of none are none", () => {
    expect([holm([0.2]), benjaminiHochberg([0.2]), holm([]), benjaminiHochberg([])]).toEqual([[0.2], [0.2], [], []]);
  });

  test("refuse what is no probability", () => {
    expect(() => holm([0.5, NaN])).toThrow("not a probability");
    expect(() => benjaminiHochberg([1.2])).toThrow("not a probability");
  });
});
