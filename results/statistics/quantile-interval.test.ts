import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { orderStatisticRanks, quantileInterval, valuesNeeded } from "./quantile-interval.js";

describe("order-statistic intervals", () => {
  test("give benchstat's interval for the median of six values", () => {
    expect(quantileInterval([2, 6, -10, 4, 3, 5], 0.5)).toEqual({
      kind: "interval",
      low: -10,
      high: 6,
      confidenceReached: expect.closeTo(0.96875, 12),
    });
  });

  test("say how many values it takes where benchstat would print infinity", () => {
    expect(quantileInterval([-10, 2, 3, 4, 5, 6], 0.5, 0.99)).toEqual({ kind: "not enough", n: 6, needed: 8 });
    expect(quantileInterval([1, 2, 3], 0.5, 1)).toEqual({ kind: "not enough", n: 3, needed: Infinity });
  });

  test("bound the median at the ranks and confidences of R", () => {
    const table = [5, 6, 8, 10, 12, 15, 20].map((n) => {
      const ranks = orderStatisticRanks(n, 0.5, 0.95);
      return ranks.kind === "ranks"
        ? `${n}: ${ranks.low}-${ranks.high} (${(100 * ranks.confidenceReached).toFixed(1)})`
        : `${n}: –`;
    });
    expect(table).toEqual([
      "5: –",
      "6: 1-6 (96.9)",
      "8: 1-8 (99.2)",
      "10: 2-9 (97.9)",
      "12: 3-10 (96.1)",
      "15: 4-12 (96.5)",
      "20: 6-15 (95.9)",
    ]);
  });

  test("bound the tail of ten thousand calls as R's qbinom does", () => {
    expect(orderStatisticRanks(10_000, 0.99, 0.95)).toMatchObject({ low: 9880, high: 9920 });
    expect(orderStatisticRanks(10_000, 0.999, 0.95)).toMatchObject({ low: 9983, high: 9997 });
    const reached = [0.99, 0.999].map((level) => {
      const ranks = orderStatisticRanks(10_000, level, 0.95);
      return ranks.kind === "ranks" ? Number((100 * ranks.confidenceReached).toFixed(1)) : null;
    });
    expect(reached).toEqual([95.6, 97.5]);
  });

  test("need as many values as both tails ask for", () => {
    expect([0.95, 0.99, 1].map((confidence) => valuesNeeded(0.5, confidence))).toEqual([6, 8, Infinity]);
    expect([0.99, 0.999, 0.9999].map((level) => valuesNeeded(level, 0.95))).toEqual([368, 3688, 36887]);
    for (const level of [0.01, 0.5, 0.9, 0.99]) {
      const needed = valuesNeeded(level, 0.95);
      expect(orderStatisticRanks(needed, level, 0.95).kind).toBe("ranks");
      expect(orderStatisticRanks(needed - 1, level, 0.95).kind).toBe("not enough");
    }
  });

  test("stay fast and finite for a million calls", () => {
    const ranks = orderStatisticRanks(1_000_000, 0.5, 0.95);
    // ±1.96·√(n/4) round the middle.
    expect(ranks).toMatchObject({ kind: "ranks", low: 499_020, high: 500_981 });
  });

  test("refuse levels and confidences that are none, holes and nothing at all", () => {
    expect(() => orderStatisticRanks(10, 1, 0.95)).toThrow("quantile level");
    expect(() => orderStatisticRanks(10, 0.5, 1.2)).toThrow("confidence");
    expect(() => quantileInterval([], 0.5)).toThrow(Fault);
    expect(() => quantileInterval([1, NaN], 0.5)).toThrow(Fault);
    expect(orderStatisticRanks(0, 0.5, 0.95)).toMatchObject({ kind: "not enough" });
  });
});
