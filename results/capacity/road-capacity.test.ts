import { describe, expect, test } from "vitest";
import { syntheticRun } from "../synthetic-run.js";
import { capacityRun, SYNTHETIC_ROADS, SYNTHETIC_SEARCH } from "./capacity-run.test-helper.js";
import { kneeOf } from "./knee.js";
import { pointAt } from "./points.test-helper.js";
import { roadCapacities } from "./road-capacity.js";

describe("what a search found out", () => {
  const roads = new Map(roadCapacities(capacityRun(), SYNTHETIC_SEARCH).map((road) => [road.scenario.name, road]));

  test("is a confirmed rate where the server filled its core", () => {
    expect(roads.get("no-policy")).toMatchObject({
      end: "server-limited",
      capacity: { rate: 10_382, met: 3, trials: 3, isConfirmed: true },
    });
  });

  test("is no rate where Envoy and the server shared the core that was left", () => {
    expect(roads.get("l7")).toMatchObject({ end: "machine-limited", capacity: null });
  });

  test("is the price of a call, which the road was made with", () => {
    for (const [name, { serverNs, envoyNs, kernelNs }] of Object.entries(SYNTHETIC_ROADS)) {
      const { low, high } = roads.get(name)!.lines.road!.perCallNs;
      expect(low, name).toBeLessThanOrEqual(serverNs + envoyNs + kernelNs);
      expect(high, name).toBeGreaterThanOrEqual(serverNs + envoyNs + kernelNs);
    }
    expect(roads.get("no-policy")?.lines.envoy).toBeNull();
  });

  test("can be asked again with another SLO, from the same trials", () => {
    const stricter = roadCapacities(capacityRun(), { slo: { quantile: 0.99, limitNs: 2e6 }, failureBudget: 0.001 });
    const [bare] = stricter;
    expect(bare?.capacity?.rate).toBeLessThan(10_382);
    expect(bare?.capacity).toMatchObject({ rate: 8_432, below: 10_382, isConfirmed: false });
  });

  test("is nothing in a run of another kind", () => {
    expect(roadCapacities(syntheticRun({ blocks: 1, callsPerTrial: 50 }), SYNTHETIC_SEARCH)).toEqual([]);
  });
});

describe("the knee", () => {
  test("of a queue with one server lies at half of its capacity", () => {
    const rates = [500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_500];
    expect(kneeOf(rates.map((rate) => pointAt(rate)))).toMatchObject({ rate: 2_500, isLast: false });
  });

  test("may lie beyond the last point, and says so", () => {
    expect(kneeOf([500, 1_000, 1_500].map((rate) => pointAt(rate)))).toMatchObject({ rate: 1_500, isLast: true });
  });

  test("is not said of two rates", () => {
    expect(kneeOf([500, 1_000].map((rate) => pointAt(rate)))).toBeNull();
  });
});
