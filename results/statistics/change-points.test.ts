import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findChangePoints, type ChangePointAnalysis, type ChangePointOptions } from "./change-points.js";
import { bestSplit, PairDistances } from "./e-divisive.js";

type Analysed = Extract<ChangePointAnalysis, { state: "analysed" }>;

function analyse(series: readonly number[], options: ChangePointOptions = {}): Analysed {
  const analysis = findChangePoints(series, options);
  if (analysis.state !== "analysed") throw new Error(`not analysed: ${analysis.state}`);
  return analysis;
}
const indices = (analysis: Analysed): number[] => analysis.points.map((point) => point.index);
const percent = (analysis: Analysed): number[] =>
  analysis.points.map((point) => 100 * (point.meanAfter / point.meanBefore - 1));
const otava = { otavaCompatible: true };

// Hunter's own 20 points, and the pair of series of its tests.
const hunter = [
  1.02, 0.95, 0.99, 1.0, 1.12, 1.0, 1.01, 0.98, 1.01, 0.96, 0.5, 0.51, 0.48, 0.48, 0.55, 0.5, 0.49, 0.51, 0.5, 0.49,
];
const series1 = [1.02, 0.95, 0.99, 1.0, 1.12, 0.9, 0.5, 0.51, 0.48, 0.48, 0.55];
const series2 = [2.02, 2.03, 2.01, 2.04, 1.82, 1.85, 1.79, 1.81, 1.8, 1.76, 1.78];

describe("the energy statistic", () => {
  const steps = [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149, 149.7, 149.5, 149.1, 148.8, 150];

  test("splits Otava's three levels where Otava does, with its Q̂", () => {
    const split = bestSplit(new PairDistances(Float64Array.from(steps)), 0, steps.length, 1);
    expect(split?.index).toBe(5);
    expect(split?.qHat).toBeCloseTo(761.2821428571, 9);
  });

  test("is found for a bump in the middle, which the split of the whole would hide", () => {
    const bump = [0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 0, 0, 0, 0, 0];
    // n·m/(n+m)·2·9 of the first two levels alone; with all that follows on the right it would be less than half.
    expect(bestSplit(new PairDistances(Float64Array.from(bump)), 0, bump.length, 1)).toEqual({ index: 5, qHat: 45 });
  });

  test("needs room on both sides", () => {
    const distances = new PairDistances(Float64Array.of(1, 1, 1, 9, 9, 9, 9));
    expect(bestSplit(distances, 0, 7, 4)).toBeNull();
    expect(bestSplit(distances, 0, 7, 3)?.index).toBe(3);
  });

  test.each([
    [1, 100, 1, 10_000, 13_000, 14, 21859.691, 1481794.709, 0.954],
    [1, 300, 1, 1000, 5000, 10, 4257.009, 728381.015, 0.748],
    [1, 100, 1, 1, 105, 1, 0.16, 8.136, 0.002],
    [300, 500, 1, 400, 900, 11, 268.352, 10035.943, 0.532],
  ])("has pair sums that give MongoDB's e, t and h: [%d, %d) by %d against [%d, %d) by %d", (...row) => {
    const [fromX, toX, stepX, fromY, toY, stepY, e, t, h] = row;
    const range = (from: number, to: number, step: number): number[] =>
      Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);
    const [x, y] = [range(fromX, toX, stepX), range(fromY, toY, stepY)];
    const [n, m] = [x.length, y.length];
    const distances = new PairDistances(Float64Array.of(...x, ...y));
    // Means over all n² and m² pairs, a value with itself included: MongoDB's form of the statistic.
    const between = (2 * distances.between(0, n, n + m)) / (n * m);
    const within = (2 * distances.within(0, n)) / n ** 2 + (2 * distances.within(n, n + m)) / m ** 2;
    // Its tests state them to three digits, cut off rather than rounded.
    const figures = [between - within, ((n * m) / (n + m)) * (between - within), (between - within) / between];
    figures.forEach((figure, i) => expect(Math.abs(figure - [e, t, h][i]!)).toBeLessThan(0.001));
  });
});

describe("change points as Otava finds them", () => {
  test("the three levels of the energy statistic's example", () => {
    const steps = [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149, 149.7, 149.5, 149.1, 148.8, 150];
    expect(indices(analyse(steps, otava))).toEqual([5, 8]);
  });

  test("Hunter's 20 points", () => {
    const analysis = analyse(hunter, { ...otava, window: 10, maxP: 1e-4 });
    expect(indices(analysis)).toEqual([10]);
    expect(analysis.points[0]?.meanBefore).toBeCloseTo(1.004, 12);
    expect(analysis.points[0]?.meanAfter).toBeCloseTo(0.501, 12);
    expect(percent(analysis)[0]).toBeCloseTo(-50.0996, 4);
  });

  test("the pair of series of its tests, and the smallest magnitude that leaves only one", () => {
    expect(indices(analyse(series1, otava))).toEqual([6]);
    expect(indices(analyse(series2, otava))).toEqual([4]);
    expect(percent(analyse(series1, otava))[0]).toBeCloseTo(-49.4314, 4);
    expect(percent(analyse(series2, otava))[0]).toBeCloseTo(-11.0406, 4);
    expect(indices(analyse(series1, { ...otava, minMagnitude: 0.2 }))).toEqual([6]);
    expect(indices(analyse(series2, { ...otava, minMagnitude: 0.2 }))).toEqual([]);
  });

  test("levels without any noise, and a level of zero", () => {
    const levels = [1, 5, 9, 3].flatMap((level, i) => new Array<number>([5, 8, 8, 9][i]!).fill(level));
    expect(indices(analyse(levels, { ...otava, maxP: 0.05 }))).toEqual([5, 13, 21]);
    const fromZero = [0, 0, 0, 1, 1.12, 0.9, 0.5, 0.51, 0.48, 0.48, 0.55];
    expect(indices(analyse(fromZero, otava))[0]).toBe(3);
    // Otava counts a step from zero as one of 100 %.
    expect(indices(analyse(fromZero, { ...otava, minMagnitude: 1.01 }))).toEqual([]);
  });

  test("the sample file of its manual", () => {
    const metric2 = [10.43, 10.23, 10.29, 10.91, 10.34, 10.69, 9.23, 9.11, 9.13, 9.03];
    const analysis = analyse(metric2, otava);
    expect(indices(analysis)).toEqual([6]);
    expect(percent(analysis)[0]).toBeCloseTo(-12.9, 1);
    expect(analysis.points[0]!.p * 1e6).toBeCloseTo(4.985, 3);
  });

  test("its t-test on two clear levels of five, p 8.87e-6 where the textbook's is 2.02e-5", () => {
    const levels = [1.0, 1.02, 1.05, 0.95, 0.98, 0.8, 0.82, 0.85, 0.79, 0.77];
    expect(analyse(levels, otava).points[0]!.p * 1e6).toBeCloseTo(8.87, 2);
    expect(analyse(levels).points[0]!.p * 1e5).toBeCloseTo(2.02, 2);
    expect(analyse([1.0, 1.02, 1.05, 0.95, 0.98, 1.0, 1.02, 1.05, 0.95, 0.98], otava).points).toEqual([]);
  });

  const tigerbeetle = JSON.parse(readFileSync(new URL("testdata/tigerbeetle.json", import.meta.url), "utf8")) as {
    series: number[];
    expected: (ChangePointOptions & { points: number[] })[];
  };
  test.each(tigerbeetle.expected)(
    "the Tigerbeetle series with window $window, p $maxP and magnitude $minMagnitude",
    ({ points, ...settings }) => {
      expect(indices(analyse(tigerbeetle.series, { ...otava, ...settings }))).toEqual(points);
    },
  );

  test("the Tigerbeetle series with the settings that are the defaults", () => {
    expect(indices(analyse(tigerbeetle.series, otava))).toEqual(tigerbeetle.expected.at(-1)?.points);
  });
});

describe("change points of our own runs", () => {
  const noise = [0.01, -0.02, 0.005, 0.015, -0.01, 0.02, -0.015, -0.005, 0.012, -0.012];
  const level = (mean: number, runs: number): number[] =>
    Array.from({ length: runs }, (_, i) => mean + noise[i % noise.length]!);

  test("come with both levels, the change on the series' own scale and the stable range", () => {
    const analysis = analyse([...level(0, 10), ...level(0.3, 12)]);
    expect(indices(analysis)).toEqual([10]);
    expect(analysis.points[0]?.change).toBeCloseTo(0.3, 2);
    expect(analysis.levels).toEqual([0, 10]);
  });

  test("leave at least four runs on each side", () => {
    expect(indices(analyse([...level(0, 9), 0.9, 0.91, 0.89]))).toEqual([]);
    expect(indices(analyse([...level(0, 9), 0.9, 0.91, 0.89], otava))).toEqual([9]);
  });

  test("leave out changes that are too small to matter", () => {
    const series = [...level(0, 10), ...level(0.1, 10)];
    expect(indices(analyse(series))).toEqual([10]);
    expect(indices(analyse(series, { minMagnitude: 0.2 }))).toEqual([]);
  });

  test("are tested anew when their neighbour has been merged away", () => {
    // The dip in the middle is too small and goes; the step after it must then be measured from all that came before.
    const series = [...level(0, 10), ...level(-0.1, 10), ...level(0.5, 10)];
    const analysis = analyse(series, { minMagnitude: 0.2 });
    expect(indices(analysis)).toEqual([20]);
    expect(analysis.points[0]?.meanBefore).toBeCloseTo(-0.05, 3);
  });

  test("are not sought across a change of the fingerprint", () => {
    const analysis = analyse([...level(0, 10), ...level(0.3, 10)], { breaks: [10] });
    expect(analysis.points).toEqual([]);
    expect(analysis.levels).toEqual([0, 10]);
  });

  test("keep their place in the series behind a break", () => {
    const analysis = analyse([...level(0.5, 10), ...level(0, 10), ...level(0.3, 10)], { breaks: [10, 10, 99] });
    expect(indices(analysis)).toEqual([20]);
    expect(analysis.levels).toEqual([0, 10, 20]);
  });

  test("stand beside an autocorrelation that a step alone does not raise", () => {
    expect(analyse([...level(0, 10), ...level(0.3, 10)]).lag1).toBeLessThan(0.2);
    const drift = Array.from({ length: 20 }, (_, i) => Math.sin(i / 3) / 50);
    expect(analyse(drift, { maxP: 1e-12 }).lag1).toBeGreaterThan(0.5);
  });

  test("are not seen where nothing varies, and neither is an autocorrelation", () => {
    expect(analyse(new Array<number>(10).fill(1))).toEqual({ state: "analysed", points: [], levels: [0], lag1: null });
  });

  test("are not sought in fewer than eight runs", () => {
    expect(findChangePoints(level(0, 7))).toEqual({ state: "too few", n: 7, needed: 8 });
    expect(findChangePoints([])).toEqual({ state: "too few", n: 0, needed: 8 });
  });

  test("refuse a hole in the series", () => {
    expect(() => findChangePoints([...level(0, 8), NaN])).toThrow("not a finite number");
  });
});
