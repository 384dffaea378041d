import { describe, expect, test } from "vitest";
import { mergeMeasurements } from "./measurement-merger.js";
import { answersAfter } from "./testing/scripted-transport.js";
import { runVirtualTrial, type VirtualTrial } from "./testing/virtual-trial.js";
import { ms, perSecond, seconds } from "./units.js";

/** 100 calls a second, each answered after 45 ms: five in flight at most instants. */
const plan = {
  loop: {
    kind: "open" as const,
    arrivals: { kind: "constant" as const, rate: perSecond(100) },
    overflow: "queue" as const,
  },
  windowNs: ms(2_600),
  intervalNs: ms(500),
  drainNs: seconds(1),
};

function lateInTheSecondSecond(): Promise<VirtualTrial> {
  return runVirtualTrial({
    plan,
    peer: { script: answersAfter(45e6) },
    arrange: (world, _transport, startAt) => {
      const opensAt = startAt + 20e6;
      world.latenessNs = (wantedAt) => (wantedAt > opensAt + 1e9 + 1e6 && wantedAt < opensAt + 1.99e9 ? 3e6 : 0);
    },
  });
}

describe("a worker tells its own state", () => {
  test("for each second of its window, and for what is left of the last", async () => {
    const { measurement } = await lateInTheSecondSecond();
    const told = measurement.seconds ?? [];
    expect(told.map(({ atNs }) => Math.round(atNs / 1e6))).toEqual([0, 1000, 2000]);
    expect(told.map(({ lengthNs }) => Math.round(lengthNs / 1e6))).toEqual([1000, 1000, 600]);
    for (const second of told) {
      expect(second.worker).toBe(0);
      expect(second.inFlight).toBeGreaterThanOrEqual(4);
      expect(second.inFlight).toBeLessThanOrEqual(6);
      expect(second.eventLoopUtilisation).toBeGreaterThanOrEqual(0);
      expect(second.gcTotalNs).toBeGreaterThanOrEqual(second.gcLongestNs);
    }
  });

  test("with the lateness of that second alone", async () => {
    const { measurement } = await lateInTheSecondSecond();
    const [first, second, third] = (measurement.seconds ?? []).map(({ latenessP99Ns }) => latenessP99Ns ?? NaN);
    expect(first).toBeLessThan(1e6);
    expect(second).toBeGreaterThan(2.9e6);
    expect(third).toBeLessThan(1e6);
  });

  test("in parts that add up to the window's", async () => {
    const { measurement } = await lateInTheSecondSecond();
    const sum = (of: "cpuUserNs" | "cpuSystemNs" | "gcTotalNs" | "throttled"): number =>
      (measurement.seconds ?? []).reduce((total, second) => total + second[of], 0);
    for (const part of ["cpuUserNs", "cpuSystemNs", "gcTotalNs", "throttled"] as const) {
      expect(sum(part), part).toBeCloseTo(measurement.health[part], -2);
    }
  });

  test("in one part where the window is no longer than a second, so that nothing is read in its middle", async () => {
    const { measurement } = await runVirtualTrial({
      plan: { ...plan, windowNs: seconds(1), intervalNs: ms(200) },
      peer: { script: answersAfter(1e6) },
    });
    expect(measurement.seconds).toHaveLength(1);
  });

  test("under its own number among several", async () => {
    const parts = [await lateInTheSecondSecond(), await lateInTheSecondSecond()].map(({ part }) => part);
    const merged = mergeMeasurements(parts, []);
    expect(merged.seconds?.map(({ worker }) => worker)).toEqual([0, 0, 0, 1, 1, 1]);
  });
});
