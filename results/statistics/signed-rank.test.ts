import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { signedRankCriticalRank, signedRankTest, smallestSignedRankP } from "./signed-rank.js";

// R's `depression` data (Hollander and Wolfe 1973, p. 29), from the help page of wilcox.test.
const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];

/** p by going through all sign flips of the midranks: slow, obvious, and shares no code with the product. */
function pByEnumeration(differences: readonly number[]): number {
  const ranked = differences.filter((d) => d !== 0);
  const size = (d: number): number => Math.abs(d);
  const ranks = ranked.map((d) => {
    const smaller = ranked.filter((e) => size(e) < size(d)).length;
    const equal = ranked.filter((e) => size(e) === size(d)).length;
    return smaller + (equal + 1) / 2;
  });
  const observed = ranks.reduce((sum, rank, i) => (ranked[i]! > 0 ? sum + rank : sum), 0);
  let [low, high] = [0, 0];
  for (let flips = 0; flips < 2 ** ranks.length; flips++) {
    const sum = ranks.reduce((total, rank, i) => ((flips >> i) & 1 ? total + rank : total), 0);
    if (sum <= observed) low++;
    if (sum >= observed) high++;
  }
  return Math.min(1, (2 * Math.min(low, high)) / 2 ** ranks.length);
}

describe("the signed-rank test", () => {
  test("gives R's V and p for the depression data", () => {
    const result = signedRankTest(before.map((x, i) => x - after[i]!));
    expect(result).toEqual({ p: 0.0390625, statistic: 40, n: 9, zeros: 0, method: "exact" });
  });

  test("gives R's V and p for the depression data on log ratios", () => {
    const result = signedRankTest(before.map((x, i) => Math.log(after[i]! / x)));
    expect(result).toMatchObject({ p: 0.0546875, statistic: 6 });
  });

  test("is the same for every sign flip as counting all of them, with ties and with zeros", () => {
    const samples = [[1, 1, 2, -3], [0, 0, 1, -1, 2, 2, 2], [-5, -5, -5, 1, 1, 3, 4, 4], [0.5, -0.5, 0.5, -0.5], [3]];
    for (const sample of samples) expect(signedRankTest(sample).p).toBe(pByEnumeration(sample));
  });

  test("drops zeros and counts them", () => {
    expect(signedRankTest([0, 0, 1, 2, 3])).toMatchObject({ n: 3, zeros: 2, statistic: 6, p: 0.25 });
  });

  test("finds nothing to doubt where every difference is zero", () => {
    expect(signedRankTest([0, 0, 0])).toEqual({ p: 1, statistic: 0, n: 0, zeros: 3, method: "exact" });
  });

  test("is the same whichever arm comes first", () => {
    const sample = [0.3, -0.1, 0.7, 0.7, 1.1, -0.2, 0.9];
    expect(signedRankTest(sample.map((d) => -d)).p).toBe(signedRankTest(sample).p);
  });

  test("reaches the smallest p that its number of pairs can give", () => {
    const smallest = [5, 6, 8, 10, 12, 15, 20].map((n) => {
      const { p } = signedRankTest(Array.from({ length: n }, (_, i) => i + 1));
      expect(p).toBe(smallestSignedRankP(n));
      return Number(p.toPrecision(2));
    });
    // Reference S §A5, with R's 0.0625, 0.03125 and 0.001953125 rounded to the same digits.
    expect(smallest).toEqual([0.063, 0.031, 0.0078, 0.002, 0.00049, 0.000061, 0.0000019]);
  });

  test("is exact up to 50 pairs and says when it approximates", () => {
    const pairs = (n: number): number[] => Array.from({ length: n }, (_, i) => (i % 3 === 0 ? -1 : 1) * (i + 1));
    expect(signedRankTest(pairs(50)).method).toBe("exact");
    const { p, method, statistic } = signedRankTest(pairs(51));
    expect([method, statistic]).toEqual(["normal approximation", 901]);
    // Counted with whole numbers over all 2⁵¹ sign flips: 0.0251150.
    expect(Math.abs(p - 0.025115)).toBeLessThan(0.001);
  });

  test("approximates a large sample of equal sizes with the variance of its midranks", () => {
    // 60 differences of one size, rank 30½ each, 40 of them positive: z = (40·30½ − 915 − ½) / (30½·√60 / 2) = 2.578.
    const { p } = signedRankTest(Array.from({ length: 60 }, (_, i) => (i < 40 ? 1 : -1)));
    expect(p).toBeCloseTo(0.00994, 5);
  });

  test("refuses an empty sample and a hole in the data", () => {
    expect(() => signedRankTest([])).toThrow(Fault);
    expect(() => signedRankTest([1, NaN, 2])).toThrow("not a finite number");
    expect(() => signedRankTest([1, Infinity])).toThrow(Fault);
  });
});

describe("critical ranks", () => {
  test("are R's qsignrank with the confidence that they really give", () => {
    const table = [6, 7, 8, 9, 10, 12, 15, 20].map((n) => {
      const { rank, confidenceReached } = signedRankCriticalRank(n, 0.95);
      return [n, rank, Number((100 * confidenceReached).toFixed(2))];
    });
    expect(table).toEqual([
      [6, 1, 96.88],
      [7, 3, 95.31],
      [8, 4, 96.09],
      [9, 6, 96.09],
      [10, 9, 95.12],
      [12, 14, 95.75],
      [15, 26, 95.21],
      [20, 53, 95.16],
    ]);
  });

  test("shrink as a family grows", () => {
    const ranks = (n: number): number[] => [1, 3, 5, 12].map((m) => signedRankCriticalRank(n, 1 - 0.05 / m).rank);
    expect(ranks(10)).toEqual([9, 5, 4, 2]);
    expect(ranks(20)).toEqual([53, 42, 38, 31]);
  });

  test("own up when there are too few pairs for the confidence asked for", () => {
    expect(signedRankCriticalRank(5, 0.95)).toEqual({ rank: 1, confidenceReached: 0.9375 });
    expect(signedRankCriticalRank(1, 0.95)).toEqual({ rank: 1, confidenceReached: 0 });
  });

  test("meet a confidence that can be reached exactly", () => {
    expect(signedRankCriticalRank(6, 0.96875)).toEqual({ rank: 1, confidenceReached: 0.96875 });
    expect(signedRankCriticalRank(7, 0.953125)).toEqual({ rank: 3, confidenceReached: 0.953125 });
  });

  test("go on smoothly where the normal approximation takes over", () => {
    const exact = signedRankCriticalRank(50, 0.95);
    const approximate = signedRankCriticalRank(51, 0.95);
    // Counted with whole numbers: 435 at 50 pairs (95.055 %), 454 at 51 (95.103 %), 1956 at 100 (95.008 %).
    expect(exact).toEqual({ rank: 435, confidenceReached: expect.closeTo(0.9505536, 7) });
    expect(approximate.rank).toBe(454);
    expect(Math.abs(approximate.confidenceReached - 0.95103)).toBeLessThan(0.001);
    expect(Math.abs(signedRankCriticalRank(100, 0.95).rank - 1956)).toBeLessThanOrEqual(1);
  });
});
