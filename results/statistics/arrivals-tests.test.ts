import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { deriveSeed, randomStream } from "../../loadgen/random.js";
import {
  andersonDarlingTest,
  exponentialCdf,
  kolmogorovSmirnovTest,
  poissonGapsTest,
  twoSampleKolmogorovSmirnovTest,
} from "./arrivals-tests.js";

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const times = (value: number, count: number): number[] => new Array<number>(count).fill(value);
const uniformCdf = (value: number): number => Math.min(1, Math.max(0, value));

describe("Kolmogorov-Smirnov", () => {
  test.each([
    [range(0, 10), range(20, 30), 1.8879793657e-5],
    [range(0, 5), range(0, 10), 0.26680230985],
    [times(0, 5), times(1, 5), 0.00378135405937],
    [[0], [1], 0.2890414283708268],
    [times(0, 5), times(0, 5), 1],
  ])("gives Pinpoint's p for %j against %j", (a, b, p) => {
    expect(twoSampleKolmogorovSmirnovTest(a, b).p).toBeCloseTo(p, 11);
  });

  test("measures the largest gap between two samples, ties and unequal sizes included", () => {
    expect(twoSampleKolmogorovSmirnovTest([1, 2, 2, 3], [2, 3]).statistic).toBeCloseTo(0.25, 12);
    expect(twoSampleKolmogorovSmirnovTest([1, 2], [3, 4, 5]).statistic).toBe(1);
  });

  test("measures the distance on both sides of every step", () => {
    // Steps at 0.5 only: from 0 to 1 against a straight line.
    expect(kolmogorovSmirnovTest([0.5, 0.5], uniformCdf).statistic).toBe(0.5);
    expect(kolmogorovSmirnovTest([0.1, 0.2], uniformCdf).statistic).toBeCloseTo(0.8, 12);
    expect(kolmogorovSmirnovTest([0.8, 0.9], uniformCdf).statistic).toBeCloseTo(0.8, 12);
  });

  test("refuses an empty sample and a hole in the data", () => {
    expect(() => kolmogorovSmirnovTest([], uniformCdf)).toThrow(Fault);
    expect(() => twoSampleKolmogorovSmirnovTest([1, NaN], [1])).toThrow(Fault);
  });
});

describe("Anderson-Darling", () => {
  test("computes A² as its definition says", () => {
    // Two values: −2 − ½·[ln u₁ + ln(1−u₂) + 3·(ln u₂ + ln(1−u₁))].
    const expected = -2 - 0.5 * (Math.log(0.2) + Math.log(0.4) + 3 * (Math.log(0.6) + Math.log(0.8)));
    expect(andersonDarlingTest([0.6, 0.2], uniformCdf).statistic).toBeCloseTo(expected, 12);
  });

  test("has the critical values of a fully known distribution", () => {
    // Stephens 1974, case 0: 1.933, 2.492 and 3.857 for 10, 5 and 1 %. The share is read off near each of them.
    for (const [critical, share] of [
      [1.933, 0.1],
      [2.492, 0.05],
      [3.857, 0.01],
    ] as const) {
      expect(andersonDarlingTest(stretchedTo(critical), uniformCdf).p).toBeCloseTo(share, 3);
    }
  });

  test("gives no chance to a value that cannot occur", () => {
    expect(andersonDarlingTest([0.5, 1.5], uniformCdf)).toMatchObject({ statistic: Infinity, p: 0 });
  });
});

/** 200 values with exactly this A² against the uniform distribution: evenly spread ones, bent until it fits. */
function stretchedTo(target: number): number[] {
  const bent = (power: number): number[] => range(1, 201).map((i) => ((i - 0.5) / 200) ** power);
  let [low, high] = [1, 3];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (andersonDarlingTest(bent(middle), uniformCdf).statistic < target) low = middle;
    else high = middle;
  }
  return bent(low);
}

describe("the gaps of a Poisson process", () => {
  test("pass both tests when they are exponential, and neither when they are even or bursty", () => {
    const stream = randomStream(deriveSeed(7, "gaps"));
    const poisson = Array.from({ length: 2000 }, () => stream.exponential(1000));
    const even = Array.from({ length: 2000 }, () => 1000 + stream.normal());
    const bursty = Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 1 : 1.7) * stream.exponential(740));
    const ps = (gaps: number[]): number[] => {
      const { kolmogorovSmirnov, andersonDarling } = poissonGapsTest(gaps, 1000);
      return [kolmogorovSmirnov.p, andersonDarling.p];
    };
    expect(Math.min(...ps(poisson))).toBeGreaterThan(0.05);
    expect(Math.max(...ps(even))).toBeLessThan(1e-6);
    expect(Math.max(...ps(bursty))).toBeLessThan(0.05);
  });

  test("have the distribution 1 − exp(−gap/mean)", () => {
    const cdf = exponentialCdf(10);
    expect([cdf(-1), cdf(0)]).toEqual([0, 0]);
    expect(cdf(10)).toBeCloseTo(1 - Math.exp(-1), 14);
  });

  test("need a mean above zero", () => {
    expect(() => poissonGapsTest([1, 2], 0)).toThrow(Fault);
  });
});
