import { describe, expect, test } from "vitest";
import { cpuLine, ratesOfLine, topOfLine } from "./cpu-line.js";
import type { CapacityPoint } from "./point.js";
import { KNOWN_ROAD, pointAt } from "./points.test-helper.js";

const RATES = [500, 1_000, 2_000, 3_000, 4_000];

/** A point whose CPU readings are changed. */
function withCpu(point: CapacityPoint, change: Partial<NonNullable<NonNullable<CapacityPoint["measured"]>["cpu"]>>) {
  const { measured } = point;
  if (measured === null || measured.cpu === null) throw new Error("a point without readings");
  return { ...point, measured: { ...measured, cpu: { ...measured.cpu, ...change } } };
}

describe("the CPU line of a road", () => {
  test("is the fixed part and the price per call that its points were made with", () => {
    const line = cpuLine(
      RATES.map((rate) => pointAt(rate)),
      "road",
    );
    expect(line?.perCallNs.estimate).toBeCloseTo(KNOWN_ROAD.perCallNs, 6);
    expect(line?.fixedNsPerSecond.estimate).toBeCloseTo(KNOWN_ROAD.fixedNsPerSecond, 0);
    expect(line?.confidence).toBeCloseTo(0.983, 3);
    expect(line === null ? 0 : topOfLine(line)).toBe(4_000);
  });

  test("has parts: Envoy's and the server's", () => {
    const points = RATES.map((rate) => pointAt(rate));
    expect(cpuLine(points, "envoy")?.perCallNs.estimate).toBeCloseTo(120_000, 6);
    expect(cpuLine(points, "server")?.perCallNs.estimate).toBeCloseTo(24_000, 6);
  });

  test("is none with fewer than five rates, however many trials they had", () => {
    const points = [500, 1_000, 2_000, 4_000, 4_000, 4_000].map((rate) => pointAt(rate));
    expect(cpuLine(points, "road")).toBeNull();
  });

  test("is none of a part that was not read", () => {
    const points = RATES.map((rate) => withCpu(pointAt(rate), { envoyNsPerSecond: null }));
    expect(cpuLine(points, "envoy")).toBeNull();
  });

  test("takes the median of the trials at one rate", () => {
    const odd = withCpu(pointAt(4_000), { roadNsPerSecond: 9e9 });
    const line = cpuLine([...RATES.map((rate) => pointAt(rate)), odd, pointAt(4_000)], "road");
    expect(line?.points).toHaveLength(5);
    expect(line?.perCallNs.estimate).toBeCloseTo(KNOWN_ROAD.perCallNs, 6);
  });

  test("leaves out points at which cores were full, calls unsent, failed or void", () => {
    const full = withCpu(pointAt(4_800), { roadShare: 0.97 });
    const { measured } = pointAt(4_900);
    if (measured === null) throw new Error("a point without readings");
    const unsent = pointAt(4_900, KNOWN_ROAD, { measured: { ...measured, sentShare: 0.99 } });
    const failing = pointAt(4_950, KNOWN_ROAD, { measured: { ...measured, failureShare: 0.01 } });
    const voided = pointAt(4_990, KNOWN_ROAD, { outcome: "void", measured: null });
    expect(ratesOfLine([...RATES.map((rate) => pointAt(rate)), full, unsent, failing, voided])).toEqual(RATES);
  });

  test("keeps points that our generator limited: they are no capacity, but they are calls", () => {
    const late = pointAt(4_500, KNOWN_ROAD, { outcome: "missed", limit: "generator-limited" });
    expect(ratesOfLine([late])).toEqual([4_500]);
  });
});
