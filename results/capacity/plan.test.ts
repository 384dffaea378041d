import { describe, expect, test } from "vitest";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { bracketOf } from "./bracket.js";
import { cpuLine } from "./cpu-line.js";
import { costPerMillion, nodesFor, planRoad, slowPayments, type PlanWishes } from "./plan.js";
import type { CapacityPoint } from "./point.js";
import { KNOWN_ROAD, pointAt } from "./points.test-helper.js";
import { roadEnd, type RoadCapacity } from "./road-capacity.js";

const WISHES: PlanWishes = { peak: 20_000, nodeCores: 16, utilisation: 0.6, price: 0.04, spare: 0, fanOut: null };

function roadOf(points: readonly CapacityPoint[]): RoadCapacity {
  const line = cpuLine(points, "road");
  return {
    scenario: scenarioByName("l7"),
    points,
    bracket: bracketOf(points),
    end: roadEnd(points),
    because: [],
    capacity: null,
    knee: null,
    lines: { road: line, envoy: null, server: null },
  };
}

const ROAD = roadOf([500, 1_000, 2_000, 4_000, 4_500, 4_800].map((rate) => pointAt(rate)));

describe("the arithmetic of a plan", () => {
  // Reference B §6: 0.154 ms of CPU a call and proxy is 3.1 vCPU for 20,000/s and about $0.0029 a million at $0.04 and 60 %.
  test("is that of the published example", () => {
    expect((20_000 * 154_000) / 1e9).toBeCloseTo(3.08, 6);
    expect(costPerMillion({ ...WISHES }, 154_000)).toBeCloseTo(0.002852, 6);
    expect(nodesFor({ ...WISHES }, 154_000)).toBe(1);
  });

  test.each([
    [{}, 480_000, 1],
    [{}, 480_001, 2],
    [{ spare: 2 }, 480_000, 3],
    [{ peak: 200_000 }, 480_000, 10],
    [{ nodeCores: 2, utilisation: 0.5 }, 480_000, 10],
    [{ nodeCores: 4, utilisation: 0.3, peak: 3 * 1000 }, 400_000, 1],
  ])("rounds nodes up and adds the spare ones: %j at %i ns a call is %i", (change, perCallNs, nodes) => {
    expect(nodesFor({ ...WISHES, ...change }, perCallNs)).toBe(nodes);
  });

  // Dean and Barroso 2013: one call in a hundred slow, 100 calls: 63 % of requests.
  test.each([
    [0.01, 100, 0.634],
    [0.01, 1, 0.01],
    [0, 100, 0],
    [1, 3, 1],
  ])("with %d of the calls slow and %i of them, %d of the payments are", (slow, calls, payments) => {
    expect(slowPayments(slow, calls)).toBeCloseTo(payments, 3);
  });
});

describe("the plan of a road", () => {
  test("carries the interval of the CPU line into nodes, cores and money", () => {
    const noisy = [500, 1_000, 2_000, 4_000, 4_500].map((rate, i) =>
      pointAt(rate, { ...KNOWN_ROAD, perCallNs: KNOWN_ROAD.perCallNs * (1 + 0.1 * (i % 2)) }),
    );
    const demand = planRoad(roadOf(noisy), { ...WISHES, peak: 200_000 }).demand;
    expect(demand?.busyCores.low).toBeLessThan(demand?.busyCores.estimate ?? 0);
    expect(demand?.busyCores.high).toBeGreaterThan(demand?.busyCores.estimate ?? Infinity);
    expect(demand?.nodes.low).toBeLessThanOrEqual(demand?.nodes.high ?? 0);
    expect(demand?.costPerMillion.high).toBeGreaterThan(demand?.costPerMillion.low ?? Infinity);
  });

  test("is busy cores, what they cost, and how much fuller the SLO still held", () => {
    const { demand, headroom, refusal, notes } = planRoad(ROAD, WISHES);
    expect(refusal).toBeNull();
    expect(demand?.busyCores.estimate).toBeCloseTo(3.2, 6);
    expect(demand?.vcpu.estimate).toBeCloseTo(3.2 / 0.6, 6);
    expect(demand?.nodes.estimate).toBe(1);
    expect(demand?.costPerMillion.estimate).toBeCloseTo((160 / 3600) * (0.04 / 0.6), 6);
    // 4,500/s × 160 µs = 0.72 of the one core, planned 0.6.
    expect(headroom).toBeCloseTo(0.72 / 0.6, 6);
    expect(notes).toEqual(["measured on 1 core, planned on 16"]);
  });

  test("shows what changes when a wish does", () => {
    const varied = planRoad(ROAD, { ...WISHES, peak: 60_000 }).demand?.sensitivity ?? [];
    const nodes = Object.fromEntries(varied.map((one) => [one.name, one.nodes.estimate]));
    expect(nodes).toEqual({
      "peak −50 %": 1,
      "peak +50 %": 2,
      "utilisation 0.5": 2,
      "utilisation 0.7": 1,
      "price −50 %": 1,
      "price +50 %": 1,
    });
    expect(varied.at(-1)?.costPerMillion.estimate).toBeCloseTo(1.5 * 0.002963, 6);
  });

  test("is refused without a line, and says how many rates there were", () => {
    const { demand, refusal } = planRoad(roadOf([pointAt(500), pointAt(1_000)]), WISHES);
    expect(demand).toBeNull();
    expect(refusal).toBe("a CPU line rests on 5 rates at which nothing was full; there are 2");
  });

  test("is refused where the rates do not tell the CPU of a call from nothing", () => {
    const noise = [500, 1_000, 2_000, 4_000, 4_500].map((rate, i) =>
      pointAt(rate, { ...KNOWN_ROAD, perCallNs: KNOWN_ROAD.perCallNs * (i % 2 === 0 ? 4 : 0.2) }),
    );
    const { demand, refusal } = planRoad(roadOf(noise), WISHES);
    expect(demand).toBeNull();
    expect(refusal).toMatch(/^the rates do not tell the CPU of a call from nothing/);
  });

  test("is refused further than twice beyond the largest measured rate per core, and says so before that", () => {
    const upTo = (top: number) => roadOf([0.2, 0.4, 0.6, 0.8, 1].map((part) => pointAt(Math.round(top * part))));
    // 0.6 of a core is 3,750 calls a second.
    expect(planRoad(upTo(1_500), WISHES).refusal).toBe("×2.5 the largest measured rate per core; at most ×2 is said");
    const stretched = planRoad(upTo(2_500), WISHES);
    expect(stretched.refusal).toBeNull();
    expect(stretched.notes).toContain("extrapolated: ×1.5 the largest measured rate per core");
    expect(planRoad(upTo(4_000), WISHES).notes.join()).not.toContain("extrapolated");
  });

  test("is refused for a peak of which one machine's figures say nothing", () => {
    expect(planRoad(ROAD, { ...WISHES, peak: 600_000 }).refusal).toMatch(/^the peak is ×125 the largest measured rate/);
    expect(planRoad(ROAD, { ...WISHES, peak: 150_000 }).notes).toContain("the peak is ×31 the largest measured rate");
  });

  test("has no headroom where our own generator was the limit", () => {
    const points = [500, 1_000, 2_000, 4_000, 4_500, 4_800].map((rate) =>
      pointAt(rate, { ...KNOWN_ROAD, limit: "generator-limited" }),
    );
    expect(planRoad(roadOf(points), WISHES)).toMatchObject({ headroom: null, refusal: null });
  });

  test("counts slow calls over all trials at the largest held rate", () => {
    const { measured } = pointAt(4_500);
    if (measured === null) throw new Error("a point without readings");
    const slow = (count: number): CapacityPoint =>
      pointAt(4_500, KNOWN_ROAD, {
        measured: { ...measured, response: { ...measured.response, calls: 1_000, slow: count } },
      });
    const { fanOut } = planRoad(roadOf([slow(2), slow(4), pointAt(4_800)]), { ...WISHES, fanOut: 10 });
    expect(fanOut).toMatchObject({ rate: 4_500, slow: 6, of: 2_000, slowShare: 0.003 });
    expect(fanOut?.slowPayments).toBeCloseTo(0.0296, 5);
  });
});
