import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bracketOf } from "../../results/capacity/bracket.js";
import type { CapacityPoint } from "../../results/capacity/point.js";
import type { Limit } from "../../results/capacity/point-limit.js";
import { KNOWN_ROAD, pointAt, type KnownRoad } from "../../results/capacity/points.test-helper.js";
import { roadEnd } from "../../results/capacity/road-capacity.js";
import type { SearchDesign } from "../../results/run-shape.js";
import { nextStep, type Stage } from "./search.js";

const SEARCH: SearchDesign = {
  slo: { quantile: 0.99, limitNs: 10e6 },
  failureBudget: 0.001,
  startRate: 1_000,
  leastRate: 400,
  maxRate: 100_000,
  precision: 0.02,
  longestWindowNs: 5e9,
};
const MOST_POINTS = 32;

/** Searches to the end; `measure` is the road. */
function search(measure: (rate: number, points: readonly CapacityPoint[]) => CapacityPoint, design = SEARCH) {
  const points: CapacityPoint[] = [];
  const stages: Stage[] = [];
  for (;;) {
    const step = nextStep(points, design, MOST_POINTS);
    if (step.kind === "ended") return { points, stages, why: step.why, end: roadEnd(points), ...bracketOf(points) };
    expect(points.length).toBeLessThan(MOST_POINTS);
    stages.push(step.stage);
    points.push(measure(step.rate, points));
  }
}

/** Where the known road's p99 crosses 10 ms: 4.6 ÷ (capacity − rate) seconds. */
const capacityOf = ({ capacity }: KnownRoad): number => capacity - 460;

describe("a search on a road with a known knee", () => {
  const found = search((rate) => pointAt(rate));

  test("ends within two per cent of it", () => {
    expect(found.why).toBe("done");
    expect(found.low?.rate).toBeLessThanOrEqual(capacityOf(KNOWN_ROAD));
    expect(found.low?.rate).toBeGreaterThan(capacityOf(KNOWN_ROAD) / 1.021);
    expect((found.high?.rate ?? 0) / (found.low?.rate ?? 1)).toBeLessThanOrEqual(1.02);
  });

  test("doubles, then bisects, then confirms with two fresh trials", () => {
    expect(found.stages).toEqual([
      ...new Array<Stage>(4).fill("doubling"),
      ...new Array<Stage>(6).fill("bisecting"),
      "confirming",
      "confirming",
    ]);
    expect(found.points.slice(-3).every(({ rate }) => rate === found.low?.rate)).toBe(true);
  });

  test("is done in few enough points for half a minute", () => {
    expect(found.points.length).toBeLessThanOrEqual(16);
  });
});

test("any knee between the least and the highest rate is found within two per cent, in bounded points", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 90_000 }), (capacity) => {
      const road = { ...KNOWN_ROAD, capacity, perCallNs: 0.8e9 / capacity };
      const { low, why, points } = search((rate) => pointAt(rate, road));
      expect(why).toBe("done");
      expect(points.length).toBeLessThanOrEqual(22);
      expect(low?.rate).toBeLessThanOrEqual(capacityOf(road));
      expect(low?.rate).toBeGreaterThan(capacityOf(road) / 1.021 - 1);
    }),
    { numRuns: 300, seed: 5 },
  );
});

test("whatever a road answers, its search ends, and asks for no rate outside its bounds", () => {
  const outcome = fc.constantFrom("met" as const, "missed" as const, "void" as const, "too few calls" as const);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(outcome, fc.boolean()), { minLength: MOST_POINTS, maxLength: MOST_POINTS }),
      (script) => {
        const { points } = search((rate, before) => {
          expect(rate).toBeLessThanOrEqual(SEARCH.maxRate);
          expect(rate).toBeGreaterThan(0);
          const [what, isCertain] = script[before.length]!;
          return pointAt(rate, KNOWN_ROAD, {
            outcome: what,
            isCertain,
            limit: what === "missed" ? "slo-limited" : null,
          });
        });
        expect(points.length).toBeLessThanOrEqual(MOST_POINTS);
      },
    ),
    { numRuns: 1_000, seed: 5 },
  );
});

describe("each end is reached", () => {
  const limits: Limit[] = ["slo-limited", "server-limited", "proxy-limited", "generator-limited", "machine-limited"];
  test.each(limits)("%s", (limit) => {
    const { end, low } = search((rate) => pointAt(rate, { ...KNOWN_ROAD, limit }));
    expect(end).toBe(limit);
    expect(low?.rate).toBeGreaterThan(4_000);
  });

  test("not reached, when the highest rate is held; and that is confirmed", () => {
    const { end, low, high } = search((rate) => pointAt(rate), { ...SEARCH, maxRate: 3_000 });
    expect({ end, rate: low?.rate, met: low?.met, high }).toEqual({
      end: "not-reached",
      rate: 3_000,
      met: 3,
      high: null,
    });
  });

  test("missed at the least rate: none is held", () => {
    const { end, low, high } = search((rate) =>
      pointAt(rate, { ...KNOWN_ROAD, capacity: 700 }, rate < SEARCH.leastRate ? { outcome: "too few calls" } : {}),
    );
    expect({ end, low, rate: high?.rate }).toEqual({ end: "proxy-limited", low: null, rate: 400 });
  });

  test("unproven, when nothing that is measured can be believed", () => {
    const { end, points, why } = search((rate) => pointAt(rate, KNOWN_ROAD, { outcome: "void", measured: null }));
    expect({ end, points: points.length, why }).toEqual({ end: "unproven", points: 3, why: "void" });
  });
});

describe("a search", () => {
  test("confirms nothing where the end says nothing about the road", () => {
    const { stages } = search((rate) => pointAt(rate, { ...KNOWN_ROAD, limit: "machine-limited" }));
    expect(stages).not.toContain("confirming");
  });

  test("looks twice at a miss that no full core explains", () => {
    const unlucky = (rate: number, before: readonly CapacityPoint[]) =>
      before.length === 1
        ? pointAt(rate, KNOWN_ROAD, { outcome: "missed", limit: "slo-limited", isCertain: false })
        : pointAt(rate);
    const { points, low } = search(unlucky);
    expect(points.slice(1, 4).map(({ rate }) => rate)).toEqual([2_000, 2_000, 2_000]);
    expect(low?.rate).toBeGreaterThan(capacityOf(KNOWN_ROAD) / 1.021);
  });

  test("goes down again from a rate that only the search's own trial held", () => {
    const lucky = 4_600;
    const { low, high } = search((rate, before) =>
      rate > capacityOf(KNOWN_ROAD) && rate < lucky && before.every((point) => point.rate !== rate)
        ? pointAt(rate, KNOWN_ROAD, { outcome: "met", limit: null })
        : pointAt(rate),
    );
    expect(high?.rate).toBeLessThan(lucky);
    expect(low?.rate).toBeLessThanOrEqual(capacityOf(KNOWN_ROAD));
    expect(low?.met).toBe(3);
  });

  test("adds rates until a CPU line can rest on them", () => {
    const { points, stages } = search((rate) => pointAt(rate, KNOWN_ROAD), {
      ...SEARCH,
      startRate: 4_500,
      maxRate: 4_500,
    });
    expect(stages.filter((stage) => stage === "CPU line")).toHaveLength(4);
    expect(new Set(points.map(({ rate }) => rate)).size).toBe(5);
  });

  test("tries a void point again, and goes on as if it had not been", () => {
    const { points, low } = search((rate, before) =>
      before.length === 2 ? pointAt(rate, KNOWN_ROAD, { outcome: "void", measured: null }) : pointAt(rate),
    );
    expect(points.slice(2, 4).map(({ rate }) => rate)).toEqual([4_000, 4_000]);
    expect(low?.met).toBe(3);
  });

  test("that was cut short goes on where it stood", () => {
    const whole = search((rate) => pointAt(rate)).points;
    for (let cut = 0; cut < whole.length; cut++) {
      expect(nextStep(whole.slice(0, cut), SEARCH, MOST_POINTS)).toMatchObject({ rate: whole[cut]?.rate });
    }
  });
});
