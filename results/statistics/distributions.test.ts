import { describe, expect, test } from "vitest";
import {
  betaCdf,
  binomialCdf,
  binomialQuantile,
  normalCdf,
  normalQuantile,
  studentTQuantile,
  studentTTwoSided,
} from "./distributions.js";

describe("distributions", () => {
  test("bencher's t boundary for mean 100, sd 10, n 25 at 0.977", () => {
    const reach = studentTQuantile(0.977, 24) * 10 * Math.sqrt(1 + 1 / 25);
    expect(100 + reach).toBeCloseTo(121.460903, 6);
    expect(100 - reach).toBeCloseTo(78.54, 2);
  });

  test("normal quantile and tail are each other's inverse", () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 9);
    for (const p of [1e-6, 0.01, 0.3, 0.5, 0.8, 0.999]) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 10);
  });

  test("Student's t has the closed forms of one, two and four degrees of freedom", () => {
    for (const t of [0.1, 1, 3, 40]) {
      expect(studentTTwoSided(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
      expect(studentTTwoSided(-t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
    }
    expect(studentTTwoSided(0, 5)).toBe(1);
    expect(studentTTwoSided(Infinity, 5)).toBe(0);
    expect(studentTQuantile(0.975, 9)).toBeCloseTo(2.262157162740992, 7);
  });

  test("the beta distribution agrees with the binomial sum", () => {
    // P(X ≤ 3) of ten tosses is 176/1024.
    expect(binomialCdf(3, 10, 0.5)).toBeCloseTo(176 / 1024, 11);
    expect(betaCdf(0.5, 7, 4)).toBeCloseTo(176 / 1024, 11);
    expect([binomialCdf(-1, 10, 0.5), binomialCdf(10, 10, 0.5)]).toEqual([0, 1]);
    expect([betaCdf(0, 2, 3), betaCdf(1, 2, 3)]).toEqual([0, 1]);
  });

  test("the beta distribution stays true for the counts of a long run, where jstat's own goes wrong", () => {
    // One step of I(a+1, b) = I(a, b) − xᵃ(1−x)ᵇ/(a·B(a, b)) from the symmetric ½; Stirling gives 1/√(πN)/2 for the term.
    expect(betaCdf(0.5, 500_001, 500_000)).toBeCloseTo(0.5 - 0.5 / Math.sqrt(Math.PI * 500_000), 8);
    expect(betaCdf(0.5, 300_000, 300_000)).toBeCloseTo(0.5, 9);
    // Reference S §A4.1 names SciPy's agreement for this one to 2e-8.
    expect(betaCdf(0.99, 19_801, 200)).toBeCloseTo(0.49045477, 7);
  });

  test("binomial quantiles are the smallest count that reaches the probability", () => {
    expect(binomialQuantile(0.025, 10, 0.5)).toBe(2);
    expect(binomialQuantile(0.975, 10, 0.5)).toBe(8);
    // Ten tosses: the cumulative probabilities themselves, exactly met.
    const counts = [1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1];
    let ways = 0;
    counts.forEach((count, k) => expect(binomialQuantile((ways += count) / 1024, 10, 0.5)).toBe(k));
  });
});
