import { describe, expect, test } from "vitest";
import { GarbageTally } from "./garbage-watch.js";
import { numbersIn, ProcessReadings } from "./process-readings.js";
import { describeHealth, type EdgeReading, type Observed } from "./self-observation.js";
import { ns } from "./units.js";

const opening: EdgeReading = {
  atNs: ns(1e9),
  userNs: 5e8,
  systemNs: 1e8,
  schedNs: 6e8,
  loopActiveMs: 100,
  loopIdleMs: 900,
  throttled: 3,
  stealTicks: 10,
  allTicks: 1_000,
  wallOffsetNs: 1.7e18,
};

/** One second later: 0.4 s of CPU, of which 0.15 s was spin. */
function observe(closing: Partial<EdgeReading>, more: Partial<Observed> = {}): ReturnType<typeof describeHealth> {
  return describeHealth({
    opening,
    closing: {
      ...opening,
      atNs: ns(2e9),
      userNs: 8e8,
      systemNs: 2e8,
      schedNs: 1.01e9,
      loopActiveMs: 400,
      loopIdleMs: 1_600,
      ...closing,
    },
    pacing: { spinNs: ns(1.5e8), loopDelayMaxNs: ns(7e5) },
    garbage: { totalNs: 3e6, longestNs: 2e6, affectedCalls: 4 },
    idle: "hybrid",
    gapDistance: 0.01,
    halves: { firstP50Ns: 1, secondP50Ns: 2 },
    startedLateNs: ns(0),
    pinnedCpus: "1",
    ...more,
  });
}

describe("the generator's health", () => {
  test("counts spin apart from work", () => {
    const health = observe({});
    expect(health).toMatchObject({ cpuUserNs: 3e8, cpuSystemNs: 1e8, cpuSchedNs: 4.1e8, spinNs: 1.5e8 });
    expect(health.busyShare).toBeCloseTo(0.25);
    expect(health.eventLoopUtilisation).toBeCloseTo(0.3);
  });

  test("never takes more for spin than the system charged", () => {
    const health = observe({}, { pacing: { spinNs: ns(9e8), loopDelayMaxNs: ns(0) } });
    expect(health.spinNs).toBe(4e8);
    expect(health.busyShare).toBe(0);
  });

  test("tells a stepped clock from a slewed one", () => {
    expect(observe({ wallOffsetNs: opening.wallOffsetNs + 5e5 }).clockStepped).toBe(false);
    expect(observe({ wallOffsetNs: opening.wallOffsetNs + 1e8 }).clockStepped).toBe(true);
    expect(observe({ wallOffsetNs: opening.wallOffsetNs - 1e8 }).clockStepped).toBe(true);
  });

  test("reports throttling and steal of the window alone", () => {
    const health = observe({ throttled: 5, stealTicks: 12, allTicks: 1_200 });
    expect(health.throttled).toBe(2);
    expect(health.steal).toEqual({ ticks: 2, share: 0.01 });
  });

  test("says nothing of what the kernel does not tell", () => {
    const health = observe({ schedNs: null, throttled: null, stealTicks: null, allTicks: null });
    expect(health.cpuSchedNs).toBeNull();
    expect(health.throttled).toBe(0);
    expect(health.steal).toBeUndefined();
  });
});

test("collections of the window are added up, with the calls that were on their way meanwhile", () => {
  const tally = new GarbageTally((from, to) => (from === 100 && to === 130 ? 3 : 1));
  tally.add({ startNs: 50, endNs: 90 });
  tally.add({ startNs: 100, endNs: 130 });
  tally.add({ startNs: 150, endNs: 160 });
  tally.add({ startNs: 200, endNs: 900 });
  expect(tally.between(100, 200)).toEqual({ totalNs: 40, longestNs: 30, affectedCalls: 4 });
  expect(tally.between(300, 400)).toEqual({ totalNs: 0, longestNs: 0, affectedCalls: 0 });
});

test("readings of this process never go back", () => {
  using readings = new ProcessReadings();
  const earlier = readings.read(false);
  const later = readings.read(true);
  expect(later.userNs + later.systemNs).toBeGreaterThanOrEqual(earlier.userNs + earlier.systemNs);
  expect(later.schedNs ?? 0).toBeGreaterThanOrEqual(earlier.schedNs ?? 0);
  expect(later.allTicks ?? 0).toBeGreaterThanOrEqual(earlier.allTicks ?? 0);
});

test("lists of CPUs are read as the kernel writes them", () => {
  expect(numbersIn("0,2-4,9")).toEqual([0, 2, 3, 4, 9]);
  expect(numbersIn("")).toEqual([]);
});
