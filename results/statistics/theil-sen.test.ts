import { describe, expect, test } from "vitest";
import { discordantCdf, theilSenLine } from "./theil-sen.js";

/** Twelve rates with 160 µs a call; the one at 3,364/s caught a neighbour's burst of work. */
const RATES = [500, 1000, 1414, 2000, 2378, 2828, 3364, 4000, 4362, 4757, 4883, 5187];
const BUSY = [105.1, 181.9, 248.3, 341.2, 398.7, 470.4, 905.0, 661.3, 718.2, 779.9, 798.4, 848.8].map((ms) => ms * 1e6);

describe("the line of Theil and Sen", () => {
  // python3 (SciPy 1.17.1): scipy.stats.theilslopes(BUSY, RATES, 0.95, method="joint")
  test("is SciPy's, with its interval", () => {
    const { slope, intercept, n } = theilSenLine(RATES, BUSY);
    expect(slope.estimate).toBeCloseTo(158966.56553138755, 6);
    expect(slope.low).toBeCloseTo(157182.32044198894, 6);
    expect(slope.high).toBeCloseTo(159800, 6);
    expect(intercept.estimate).toBeCloseTo(23608662.052903697, 3);
    expect(intercept.low).toBeCloseTo(21376200, 3);
    expect(intercept.high).toBeCloseTo(28857044.198895037, 3);
    expect(n).toBe(12);
  });

  test("does not follow an outlier, as least squares would (slope 162,758, fixed 40.7 ms)", () => {
    const without = theilSenLine(
      RATES.filter((rate) => rate !== 3364),
      BUSY.filter((_, i) => RATES[i] !== 3364),
    );
    expect(theilSenLine(RATES, BUSY).slope.estimate / without.slope.estimate).toBeCloseTo(1, 2);
  });

  test("is exact through points without error", () => {
    const { slope, intercept } = theilSenLine([1, 2, 4, 8, 16], [5, 7, 11, 19, 35]);
    expect({ slope, intercept }).toEqual({
      slope: { estimate: 2, low: 2, high: 2 },
      intercept: { estimate: 3, low: 3, high: 3 },
    });
  });

  test("says which confidence it reached: with five points only the widest interval has 95 %", () => {
    const { slope, confidenceReached } = theilSenLine([1, 2, 3, 4, 5], [1, 2, 2.5, 4.5, 5]);
    expect(confidenceReached).toBeCloseTo(1 - 2 / 120, 12);
    expect(slope).toMatchObject({ low: 0.5, high: 2 });
    expect(theilSenLine([1, 2, 3, 4], [1, 2, 2.5, 4.5]).confidenceReached).toBeLessThan(0.95);
  });

  test("refuses a hole in the data", () => {
    expect(() => theilSenLine([1, 2, 3], [1, NaN, 3])).toThrow("not a finite number");
  });
});

describe("the number of discordant pairs", () => {
  // scipy.stats.kendalltau(range(n), a permutation with k inversions, method="exact").pvalue, two-sided
  test.each([
    [5, 0, 0.016666666666666666],
    [5, 1, 0.08333333333333333],
    [8, 4, 0.014136904761904762],
    [12, 14, 0.008757732750788306],
    [12, 18, 0.04473689858238469],
  ])("among %i points is at most %i as often as SciPy's exact Kendall test says", (n, k, p) => {
    expect(2 * (discordantCdf(n)[k] ?? 0)).toBeCloseTo(p, 12);
  });

  test("is symmetric and sums to one", () => {
    const cdf = discordantCdf(9);
    expect(cdf).toHaveLength(37);
    expect(cdf.at(-1)).toBeCloseTo(1, 12);
    expect((cdf[17] ?? 0) + (cdf[18] ?? 0)).toBeCloseTo(1, 12);
  });
});
