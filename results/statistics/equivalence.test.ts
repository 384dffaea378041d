import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { judgeInterval, leaning } from "./equivalence.js";

const interval = (low: number, high: number, confidenceReached = 0.951): Parameters<typeof judgeInterval>[0] => ({
  low,
  high,
  confidence: 0.95,
  confidenceReached,
});

describe("the word for an interval", () => {
  test.each([
    [0.03, 0.08, "slower"],
    [-0.08, -0.03, "faster"],
    [-0.01, 0.015, "indistinguishable"],
    [0.005, 0.015, "indistinguishable"],
    [0.01, 0.05, "inconclusive"],
    [-0.03, 0.03, "inconclusive"],
    [-0.05, -0.01, "inconclusive"],
  ])("[%d, %d] with a margin of 0.02 is %s", (low, high, word) => {
    expect(judgeInterval(interval(low, high), 0.02, 10)).toBe(word);
  });

  test("counts an end on the margin as within it", () => {
    expect(judgeInterval(interval(-0.02, 0.02), 0.02, 10)).toBe("indistinguishable");
    expect(judgeInterval(interval(0.02, 0.05), 0.02, 10)).toBe("inconclusive");
  });

  test("claims nothing from fewer than six pairs", () => {
    expect(judgeInterval(interval(0.5, 0.6), 0.02, 5)).toBe("inconclusive");
    expect(judgeInterval(interval(0.5, 0.6), 0.02, 6)).toBe("slower");
  });

  test("claims nothing from an interval that falls short of the confidence asked for", () => {
    expect(judgeInterval(interval(0.5, 0.6, 0.9375), 0.02, 10)).toBe("inconclusive");
  });

  test("refuses a negative margin and an interval that is none", () => {
    expect(() => judgeInterval(interval(0, 1), -0.1, 10)).toThrow(Fault);
    expect(() => judgeInterval(interval(1, 0), 0.1, 10)).toThrow(Fault);
    expect(() => judgeInterval(interval(NaN, 1), 0.1, 10)).toThrow(Fault);
  });
});

test("an interval leans when it leaves zero out", () => {
  expect([leaning(interval(0.001, 0.1)), leaning(interval(-0.1, -0.001)), leaning(interval(-0.1, 0.1))]).toEqual([
    "slower",
    "faster",
    null,
  ]);
});
