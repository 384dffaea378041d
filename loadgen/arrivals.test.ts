import { describe, expect, test } from "vitest";
import { dueTimes } from "./arrivals.js";
import type { Arrivals } from "./load-plan.js";
import { ns, perSecond } from "./units.js";

const SECOND = 1e9;

function all(arrivals: Arrivals, warmupNs: number, windowNs: number, seed = 1): number[] {
  const next = dueTimes(arrivals, { warmupNs, windowNs }, seed);
  const due: number[] = [];
  for (let at = next(); at < warmupNs + windowNs; at = next()) due.push(at);
  return due;
}

const countBetween = (due: readonly number[], from: number, to: number): number =>
  due.filter((at) => at >= from && at < to).length;

describe("constant arrivals", () => {
  test("are evenly spaced through warm-up and window, and no error adds up", () => {
    const due = all({ kind: "constant", rate: perSecond(3) }, SECOND, 100 * SECOND);
    expect(due).toHaveLength(303);
    expect(due[300]).toBeCloseTo(100 * SECOND, 3);
  });
});

describe("Poisson arrivals", () => {
  const due = all({ kind: "poisson", rate: perSecond(1_000) }, 0, 20 * SECOND);

  test("come at the asked rate", () => {
    // A Poisson count of 20,000 has a standard deviation of 141.
    expect(Math.abs(due.length - 20_000)).toBeLessThan(600);
  });

  test("have exponential gaps (Kolmogorov and Anderson-Darling)", () => {
    const gaps = due.map((at, i) => at - (due[i - 1] ?? 0)).sort((a, b) => a - b);
    const n = gaps.length;
    const u = gaps.map((gap) => 1 - Math.exp(-gap / 1e6));
    const kolmogorov = Math.max(...u.map((value, i) => Math.max((i + 1) / n - value, value - i / n)));
    expect(kolmogorov).toBeLessThan(1.63 / Math.sqrt(n));
    const andersonDarling =
      -n -
      u.reduce((sum, value, i) => sum + (2 * i + 1) * (Math.log(value) + Math.log(1 - (u[n - 1 - i] as number))), 0) /
        n;
    // 3.857 is the critical value at 1 %.
    expect(andersonDarling).toBeLessThan(3.857);
  });

  test("are as many in any second as chance would have it: neither bunched nor regular", () => {
    const counts = Array.from({ length: 200 }, (_, i) => countBetween(due, i * 1e8, (i + 1) * 1e8));
    const dispersion = counts.reduce((sum, count) => sum + (count - 100) ** 2, 0) / 200 / 100;
    expect(dispersion).toBeGreaterThan(0.7);
    expect(dispersion).toBeLessThan(1.35);
  });

  test("repeat for the same seed only", () => {
    expect(all({ kind: "poisson", rate: perSecond(1_000) }, 0, 20 * SECOND)).toEqual(due);
    expect(all({ kind: "poisson", rate: perSecond(1_000) }, 0, SECOND, 2)[0]).not.toBe(due[0]);
  });
});

describe("a ramp", () => {
  test("follows the integral of its rate at every instant", () => {
    const due = all({ kind: "ramp", from: perSecond(100), to: perSecond(500) }, 0, 10 * SECOND);
    for (const seconds of [1, 2.5, 5, 7.5, 10]) {
      const asked = 100 * seconds + (40 * seconds * seconds) / 2;
      expect(Math.abs(countBetween(due, 0, seconds * SECOND) - asked)).toBeLessThanOrEqual(1);
    }
  });

  test("may fall to nothing, and rise from nothing", () => {
    const falling = all({ kind: "ramp", from: perSecond(200), to: perSecond(0) }, 0, 10 * SECOND);
    expect(Math.abs(falling.length - 1_000)).toBeLessThanOrEqual(1);
    const rising = all({ kind: "ramp", from: perSecond(0), to: perSecond(200) }, SECOND, 10 * SECOND);
    expect(Math.abs(rising.length - 1_000)).toBeLessThanOrEqual(1);
    expect(countBetween(rising, 0, SECOND)).toBe(0);
  });

  test("that stays level is constant", () => {
    const due = all({ kind: "ramp", from: perSecond(10), to: perSecond(10) }, 0, SECOND);
    expect(due.map((at) => Math.round(at / 1e6))).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  });

  test("warms up at its first rate", () => {
    const due = all({ kind: "ramp", from: perSecond(100), to: perSecond(900) }, SECOND, SECOND);
    expect(countBetween(due, 0, SECOND)).toBe(100);
    expect(Math.abs(countBetween(due, SECOND, 2 * SECOND) - 500)).toBeLessThanOrEqual(1);
  });
});

test("steps hold each of their rates for the same time", () => {
  const due = all({ kind: "step", from: perSecond(100), to: perSecond(300), steps: 3 }, SECOND, 3 * SECOND);
  expect([0, 1, 2, 3].map((second) => countBetween(due, second * SECOND, (second + 1) * SECOND))).toEqual([
    100, 100, 200, 300,
  ]);
  expect(all({ kind: "step", from: perSecond(10), to: perSecond(99), steps: 1 }, 0, SECOND)).toHaveLength(10);
});

test("a replay keeps its offsets, and warms up with its own beginning", () => {
  const offsetsNs = [0, 2e6, 2e6, 30e6].map(ns);
  expect(all({ kind: "replay", offsetsNs }, 10e6, 20e6)).toEqual([0, 2e6, 2e6, 10e6, 12e6, 12e6]);
});
