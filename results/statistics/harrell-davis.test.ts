import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { harrellDavis } from "./harrell-davis.js";

// 120 ages, value × count (Bieniek et al. 2015); deciles and standard error by R's Hmisc::hdquantile.
const ages = `18×2 19×4 20×2 21×7 22×8 23×3 24×3 25 26 28×2 29×2 30×2 31×2 32×3 33 34×2 35×2 36 37 38 40×2 41×2 42×2
  43×2 44 45×4 48 49×2 50 51 54×2 55 56 58 59×2 60×2 61 62×3 63×3 64×4 65×2 66×6 67×4 68×5 69 70×3 71 72×3 75 76 77 78
  79 81×2`
  .split(/\s+/)
  .flatMap((entry) => {
    const [value, count = "1"] = entry.split("×");
    return new Array<number>(Number(count)).fill(Number(value));
  });
const json = [1726, 1723, 1707, 1707, 1713, 1729, 1736, 1707, 1705, 1774];

describe("the Harrell-Davis quantile", () => {
  test("gives R's deciles of 120 ages", () => {
    expect(ages).toHaveLength(120);
    const expected = [
      21.0628128312, 23.2513039809, 29.7273888489, 37.0124441804, 45.3111618107, 56.1090025498, 63.2804843227,
      66.5795239478, 70.405990194,
    ];
    expected.forEach((value, i) => expect(harrellDavis(ages, (i + 1) / 10).estimate).toBeCloseTo(value, 7));
  });

  test("gives R's Maritz-Jarrett standard error of the median age", () => {
    expect(harrellDavis(ages, 0.5).standardError).toBeCloseTo(4.18205490994, 7);
  });

  test("gives R's figures for benchstat's json example", () => {
    const median = harrellDavis(json, 0.5);
    expect(median.estimate).toBeCloseTo(1717.61893738, 7);
    expect(median.standardError).toBeCloseTo(8.30511977, 7);
    expect(harrellDavis(json, 0.9).estimate).toBeCloseTo(1758.04389395, 7);
    expect(harrellDavis(json, 0.99).estimate).toBeCloseTo(1773.10131097, 7);
  });

  test("gives R's p90 of 1 to 10, in whatever order they come", () => {
    expect(harrellDavis([10, 2, 3, 4, 1, 6, 7, 8, 9, 5], 0.9).estimate).toBeCloseTo(9.43511517666, 9);
  });

  test("has no standard error for a single value", () => {
    expect(harrellDavis([7], 0.5)).toEqual({ estimate: 7, standardError: null, n: 1 });
  });

  test("is the value itself where all are equal", () => {
    const { estimate, standardError } = harrellDavis([3, 3, 3, 3], 0.9);
    expect(estimate).toBeCloseTo(3, 12);
    expect(standardError).toBeCloseTo(0, 12);
  });

  test("refuses an empty sample, a hole in the data and a level that is none", () => {
    expect(() => harrellDavis([], 0.5)).toThrow(Fault);
    expect(() => harrellDavis([1, NaN], 0.5)).toThrow(Fault);
    expect(() => harrellDavis([1, 2], 1)).toThrow("no such quantile");
  });
});
