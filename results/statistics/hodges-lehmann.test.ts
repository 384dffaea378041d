import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import type { Interval } from "../comparison-shape.js";
import { hodgesLehmannPaired, hodgesLehmannTwoSample } from "./hodges-lehmann.js";

const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
// R's permeability data (Hollander and Wolfe 1973, p. 69).
const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const earlier = [1.15, 0.88, 0.9, 0.74, 1.21];

describe("the paired Hodges-Lehmann estimate", () => {
  test("gives R's estimate and interval for the depression data", () => {
    const result = hodgesLehmannPaired(before.map((x, i) => x - after[i]!));
    expect(result.estimate).toBeCloseTo(0.46, 12);
    expect(result.low).toBeCloseTo(0.01, 12);
    expect(result.high).toBeCloseTo(0.786, 12);
    expect(result).toMatchObject({ confidence: 0.95, confidenceReached: 0.9609375, n: 9 });
  });

  test("gives R's ratio for the depression data on logarithms", () => {
    const { estimate, low, high } = hodgesLehmannPaired(before.map((x, i) => Math.log(after[i]! / x)));
    expect(Math.exp(estimate)).toBeCloseTo(0.722187, 6);
    expect(Math.exp(low)).toBeCloseTo(0.503279, 6);
    expect(Math.exp(high)).toBeCloseTo(1.009084, 6);
  });

  test("gives the widest interval, and owns up, when no interval has the confidence asked for", () => {
    const result = hodgesLehmannPaired([3, 1, 2], { confidence: 0.99 });
    expect(result).toEqual({ estimate: 2, low: 1, high: 3, confidence: 0.99, confidenceReached: 0.75, n: 3 });
  });

  test("answers for one pair without claiming any confidence", () => {
    expect(hodgesLehmannPaired([4])).toMatchObject({ estimate: 4, low: 4, high: 4, confidenceReached: 0, n: 1 });
  });

  test("turns round when the arms are swapped", () => {
    const sample = [0.3, -0.1, 0.7, 0.75, 1.1, -0.2, 0.9, 0.4];
    const [one, other] = [hodgesLehmannPaired(sample), hodgesLehmannPaired(sample.map((d) => -d))];
    expect([other.low, other.estimate, other.high]).toEqual([-one.high, -one.estimate, -one.low]);
  });

  test("refuses an empty sample and a hole in the data", () => {
    expect(() => hodgesLehmannPaired([])).toThrow(Fault);
    expect(() => hodgesLehmannPaired([1, NaN])).toThrow(Fault);
  });
});

describe("the two-sample Hodges-Lehmann estimate", () => {
  test("gives R's estimate and interval for the permeability data", () => {
    const result = hodgesLehmannTwoSample(earlier, atTerm);
    expect(result.estimate).toBeCloseTo(0.305, 12);
    expect(result.low).toBeCloseTo(-0.15, 12);
    expect(result.high).toBeCloseTo(0.76, 12);
    expect(result.n).toBe(5);
    expect(result.confidenceReached).toBeGreaterThanOrEqual(0.95);
  });

  test.each(["pass", "high"] as const)("gives R's figures for Kayenta's %s metric", (name) => {
    const { control, [name]: metric } = JSON.parse(
      readFileSync(new URL("testdata/kayenta.json", import.meta.url), "utf8"),
    ) as { control: number[] } & Record<typeof name, Interval & { experiment: number[] }>;
    const { estimate, low, high } = hodgesLehmannTwoSample(control, metric.experiment);
    // wilcox.test finds these by root finding where it takes its normal approximation: they agree to its tolerance.
    expect(estimate).toBeCloseTo(metric.estimate, 4);
    expect(low).toBeCloseTo(metric.low, 4);
    expect(high).toBeCloseTo(metric.high, 4);
  });

  test("refuses an empty side", () => {
    expect(() => hodgesLehmannTwoSample([], [1])).toThrow("baseline");
    expect(() => hodgesLehmannTwoSample([1], [])).toThrow("candidate");
  });
});
