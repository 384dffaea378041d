import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveSeed, randomStream, shuffle } from "./random.js";

const draws = (seed: number, count: number): number[] => {
  const random = randomStream(seed);
  return Array.from({ length: count }, () => random.uniform());
};
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a random stream", () => {
  test("is the same for the same seed and another for the next", () => {
    expect(draws(7, 50)).toEqual(draws(7, 50));
    expect(draws(7, 50)).not.toEqual(draws(8, 50));
  });

  test("keeps its draws from version to version: a recorded run can be repeated", () => {
    expect(draws(1, 3)).toEqual([0.6305594528462224, 0.11630155713771662, 0.4308581915108364]);
    expect(deriveSeed(1, "arrivals")).toBe(657816557);
  });

  test("draws uniform, exponential, normal and log-normal numbers", () => {
    const random = randomStream(3);
    const many = (draw: () => number): number[] => Array.from({ length: 40_000 }, draw);
    const uniform = many(() => random.uniform());
    expect(mean(uniform)).toBeCloseTo(0.5, 2);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    const exponential = many(() => random.exponential(5));
    expect(mean(exponential)).toBeCloseTo(5, 0.5);
    expect(exponential.filter((value) => value > 5).length / 40_000).toBeCloseTo(Math.exp(-1), 1.5);
    const normal = many(() => random.normal());
    expect(mean(normal)).toBeCloseTo(0, 1.5);
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1);
    expect(normal.filter((value) => Math.abs(value) > 1.96).length / 40_000).toBeCloseTo(0.05, 2);
    const lognormal = many(() => random.lognormal(10, 0.5)).sort((a, b) => a - b);
    expect(lognormal[20_000]).toBeCloseTo(10, 0);
    const integers = many(() => random.integer(4));
    expect(new Set(integers)).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe("derived seeds", () => {
  test("differ for other seeds and labels, and labels do not run together", () => {
    const seeds = [
      deriveSeed(1, "a"),
      deriveSeed(2, "a"),
      deriveSeed(1, "b"),
      deriveSeed(1, "a", "b"),
      deriveSeed(1, "ab"),
      deriveSeed(1, "a", 1),
      deriveSeed(1, "a", "1"),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
  });

  test("give streams that have nothing to do with each other", () => {
    const a = draws(deriveSeed(5, "arrivals"), 5_000);
    const b = draws(deriveSeed(5, "mix"), 5_000);
    const covariance = mean(a.map((value, i) => (value - 0.5) * ((b[i] as number) - 0.5)));
    // Of independent uniforms: standard deviation 1/12/√5000.
    expect(Math.abs(covariance)).toBeLessThan(5 / 12 / Math.sqrt(5_000));
  });
});

test("shuffling keeps every item, repeats itself for a seed, and favours no place", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const shuffled = shuffle(items, seed);
      expect([...shuffled].sort()).toEqual([...items].sort());
      expect(shuffle(items, seed)).toEqual(shuffled);
    }),
  );
  const firsts = Array.from({ length: 3_000 }, (_, seed) => shuffle(["a", "b", "c"], seed)[0]);
  for (const item of ["a", "b", "c"]) {
    expect(firsts.filter((first) => first === item).length).toBeGreaterThan(850);
  }
});
