import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { mannWhitneyCriticalRank, mannWhitneyTest } from "./mann-whitney.js";

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const times = (value: number, count: number): number[] => new Array<number>(count).fill(value);

/** p by dealing the midranks out in every possible way. */
function pByEnumeration(baseline: readonly number[], candidate: readonly number[]): number {
  const all = [...baseline, ...candidate];
  const ranks = all.map((v) => all.filter((w) => w < v).length + (all.filter((w) => w === v).length + 1) / 2);
  const observed = ranks.slice(baseline.length).reduce((sum, rank) => sum + rank, 0);
  let [low, high, ways] = [0, 0, 0];
  for (let deal = 0; deal < 2 ** all.length; deal++) {
    const dealt = ranks.filter((_, i) => (deal >> i) & 1);
    if (dealt.length !== candidate.length) continue;
    const sum = dealt.reduce((total, rank) => total + rank, 0);
    ways++;
    if (sum <= observed) low++;
    if (sum >= observed) high++;
  }
  return Math.min(1, (2 * Math.min(low, high)) / ways);
}

describe("the exact Mann-Whitney test", () => {
  test("gives benchstat's p for its gob example, ties included", () => {
    const old = [3069, 3075, 3069, 3067, 3207, 3064, 3064, 3058, 3059, 3062];
    const now = [3075, 3065, 3059, 3065, 3060, 3081, 3186, 3135, 3087, 3062];
    expect(mannWhitneyTest(old, now).p).toBeCloseTo(0.44610188573, 11);
  });

  test("gives the exact p for benchstat's json example", () => {
    const old = [1726, 1723, 1707, 1707, 1713, 1729, 1736, 1707, 1705, 1774];
    const now = [1423, 1416, 1411, 1413, 1412, 1426, 1422, 1424, 1447, 1425];
    expect(mannWhitneyTest(old, now)).toMatchObject({ statistic: 0, method: "exact" });
    expect(mannWhitneyTest(old, now).p).toBeCloseTo(1.0825e-5, 9);
  });

  test.each([
    [times(-1, 3), times(1, 3), 0.1],
    [times(-1, 4), times(1, 4), 0.02857142857],
    [[1, -1, -1, -1], [-1, 1, 1, 1], 0.48571428571],
  ])("gives the p of benchstat's own tests: %j against %j", (baseline, candidate, p) => {
    expect(mannWhitneyTest(baseline, candidate).p).toBeCloseTo(p, 10);
  });

  test("gives R's W and p for the permeability data", () => {
    const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const earlier = [1.15, 0.88, 0.9, 0.74, 1.21];
    const result = mannWhitneyTest(earlier, atTerm);
    expect(result.statistic).toBe(35);
    expect(result.p).toBeCloseTo(0.254412254412, 12);
    expect(mannWhitneyTest(atTerm, earlier)).toMatchObject({ statistic: 15 });
    expect(mannWhitneyTest(atTerm, earlier).p).toBeCloseTo(result.p, 14);
  });

  test.each(["pass", "high"] as const)("gives R's p for Kayenta's %s metric, however small", (name) => {
    const { control, [name]: metric } = JSON.parse(
      readFileSync(new URL("testdata/kayenta.json", import.meta.url), "utf8"),
    ) as { control: number[] } & Record<typeof name, { experiment: number[]; p: number }>;
    const { p } = mannWhitneyTest(control, metric.experiment);
    expect(p / metric.p).toBeCloseTo(1, 9);
  });

  test("is the same as dealing the ranks out in every way, with ties and unequal sides", () => {
    const samples: [number[], number[]][] = [
      [
        [1, 1, 2],
        [2, 2, 3, 3, 4],
      ],
      [[5, 6, 7, 7], [7]],
      [
        [1, 2, 3, 4, 5],
        [1, 2, 3],
      ],
      [[9], [1, 2, 3, 4, 5, 6]],
    ];
    for (const [baseline, candidate] of samples) {
      expect(mannWhitneyTest(baseline, candidate).p).toBeCloseTo(pByEnumeration(baseline, candidate), 14);
    }
  });

  test("holds where the number of ways to deal outgrows an integer: 50 against 50", () => {
    // All of one side below all of the other: 2 / C(100, 50).
    const { p, method } = mannWhitneyTest(range(0, 50), range(50, 100));
    expect(method).toBe("exact");
    expect(p / 1.98233060428e-29).toBeCloseTo(1, 10);
  });

  test("refuses an empty side and a hole in the data", () => {
    expect(() => mannWhitneyTest([], [1])).toThrow(Fault);
    expect(() => mannWhitneyTest([1], [NaN])).toThrow(Fault);
  });
});

describe("the Mann-Whitney test by normal approximation", () => {
  test.each([
    [range(0, 10), range(20, 30), 0.00018267179111],
    [range(0, 5), range(0, 10), 0.13986357686781],
    [times(0, 5), times(1, 5), 0.00397675170979],
    [times(1, 5), times(1, 5), 1],
  ])("gives Pinpoint's p for %j against %j", (baseline, candidate, p) => {
    expect(mannWhitneyTest(baseline, candidate, "normal approximation").p).toBeCloseTo(p, 13);
  });

  test("takes over beyond 50 values on a side and says so", () => {
    expect(mannWhitneyTest(range(0, 51), range(10, 40)).method).toBe("normal approximation");
    expect(mannWhitneyTest(range(0, 50), range(10, 40)).method).toBe("exact");
  });
});

describe("critical ranks", () => {
  test("are R's qwilcox", () => {
    const ranks = [4, 5, 6, 8, 10].map((n) => mannWhitneyCriticalRank(n, n, 0.95).rank);
    expect(ranks).toEqual([1, 3, 6, 14, 24]);
  });

  test("say the confidence that they really give", () => {
    expect(mannWhitneyCriticalRank(4, 4, 0.95).confidenceReached).toBeCloseTo(1 - 2 / 70, 14);
    expect(mannWhitneyCriticalRank(3, 3, 0.95)).toEqual({ rank: 1, confidenceReached: expect.closeTo(0.9, 12) });
  });

  test("go on smoothly where the normal approximation takes over", () => {
    // Counted with whole numbers: 966 of 50 against 50, 987 of 50 against 51 (95.025 %), 1427 of 60 against 60.
    expect(mannWhitneyCriticalRank(50, 50, 0.95).rank).toBe(966);
    expect(Math.abs(mannWhitneyCriticalRank(50, 51, 0.95).rank - 987)).toBeLessThanOrEqual(1);
    expect(Math.abs(mannWhitneyCriticalRank(60, 60, 0.95).rank - 1427)).toBeLessThanOrEqual(1);
    expect(mannWhitneyCriticalRank(50, 51, 0.95).confidenceReached).toBeCloseTo(0.9502, 2);
  });
});
