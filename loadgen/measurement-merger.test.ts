import { describe, expect, test } from "vitest";
import { IntervalMerger } from "./interval-merger.js";
import type { MeasuredPart } from "./measurement-merger.js";
import { mergeMeasurements } from "./measurement-merger.js";
import { answersAfter, type Script } from "./testing/scripted-transport.js";
import { readSeries, runVirtualTrial, type VirtualTrial } from "./testing/virtual-trial.js";
import { ns, perSecond } from "./units.js";

const plan = {
  loop: {
    kind: "open" as const,
    arrivals: { kind: "poisson" as const, rate: perSecond(2_000) },
    overflow: "queue" as const,
  },
  connections: 3,
};

function workers(count: number, script: Script): Promise<VirtualTrial[]> {
  return Promise.all(
    Array.from({ length: count }, (_, worker) =>
      runVirtualTrial({ plan, peer: { script }, share: { worker, workers: count } }),
    ),
  );
}

function merge(trials: readonly VirtualTrial[]): ReturnType<typeof mergeMeasurements> {
  const merger = new IntervalMerger(trials.length);
  trials.forEach((trial, worker) => {
    for (const { line, counts } of trial.intervals) merger.add(worker, line, counts);
  });
  return mergeMeasurements(
    trials.map((trial) => trial.part),
    merger.finish(),
  );
}

describe("the measurements of three workers", () => {
  test("are those of one worker with the same plan, but for their connections' turns", async () => {
    const [single] = await workers(1, answersAfter(100_000));
    const merged = merge(await workers(3, answersAfter(100_000)));
    const alone = (single as VirtualTrial).measurement;
    expect(merged.books).toEqual(alone.books);
    expect(merged.methods).toEqual(alone.methods);
    expect(merged.connections.opened).toBe(3);
    for (const quantity of ["response", "service", "lateness"] as const) {
      expect(readSeries(merged, quantity)?.count).toBe(alone.books.ok);
    }
    expect(merged.intervals.map((line) => line.sent)).toEqual(
      (single as VirtualTrial).intervals.map(({ line }) => line.sent),
    );
    expect(merged.health.workers).toBe(3);
  });

  test("keep percentiles of the whole, which are no average of the parts'", async () => {
    // Worker 2 meets a slow server: the common p50 stays with the other two.
    const fast = await workers(3, answersAfter(100_000));
    const slow = await workers(3, answersAfter(9e6));
    const merged = merge([fast[0], fast[1], slow[2]] as VirtualTrial[]);
    expect(readSeries(merged, "service")?.p50).toBeCloseTo(100_000, -3);
    expect(readSeries(merged, "service")?.max).toBeCloseTo(9e6, -4);
    expect(merged.intervals[1]?.p50Ns).toBeCloseTo(100_000, -3.5);
    expect(merged.intervals[1]?.p99Ns).toBeGreaterThan(8e6);
    expect(merged.health.halves.firstP50Ns).toBeCloseTo(100_000, -3.5);
  });

  test("add failures by status", async () => {
    const refused = await workers(3, ({ at, number }) => ({ at: at + 1_000, status: number % 2 === 0 ? 7 : 14 }));
    const merged = merge(refused);
    const failed = refused.map(({ measurement }) => measurement.books.failed);
    const sum = (status: "PERMISSION_DENIED" | "UNAVAILABLE"): number =>
      failed.reduce((all, one) => all + (one[status] ?? 0), 0);
    expect(merged.books.failed).toEqual({
      PERMISSION_DENIED: sum("PERMISSION_DENIED"),
      UNAVAILABLE: sum("UNAVAILABLE"),
    });
    expect(merged.methods[0]?.failed).toEqual(merged.books.failed);
    expect(merged.books.ok).toBe(0);
  });

  test("take the worst of what ails a single worker, and the sum of what all have spent", async () => {
    const parts = (await workers(2, answersAfter(1_000))).map(({ part }) => part) as [MeasuredPart, MeasuredPart];
    const ailing = (part: MeasuredPart, health: object): MeasuredPart => ({
      ...part,
      measurement: { ...part.measurement, health: { ...part.measurement.health, ...health } },
    });
    const { health } = mergeMeasurements(
      [
        ailing(parts[0], { busyShare: 0.9, startedLateNs: 5, cpuUserNs: 10, gapDistance: 0.1, pinnedCpus: "1" }),
        ailing(parts[1], {
          busyShare: 0.2,
          startedLateNs: 70,
          cpuUserNs: 20,
          gapDistance: 0.3,
          clockStepped: true,
          pinnedCpus: "2",
        }),
      ],
      [],
    );
    expect(health).toMatchObject({
      busyShare: 0.9,
      startedLateNs: 70,
      cpuUserNs: 30,
      gapDistance: 0.3,
      clockStepped: true,
      pinnedCpus: "1;2",
    });
  });

  test("can't be merged when a histogram does not hold what it says", async () => {
    const [one, other] = await workers(2, answersAfter(1_000));
    const part = (one as VirtualTrial).part;
    const series = part.measurement.series.map((each) => ({
      ...each,
      histogram: { ...each.histogram, count: each.histogram.count + 1 },
    }));
    const forged = { ...part, measurement: { ...part.measurement, series } };
    expect(() => mergeMeasurements([forged, (other as VirtualTrial).part], [])).toThrow("and holds");
  });
});

describe("interval lines", () => {
  const counts = { headline: [], lateness: [] };
  const line = (atNs: number, sent: number) => ({
    atNs: ns(atNs),
    sent,
    ok: sent,
    failed: 0,
    inFlight: 1,
    p50Ns: null,
    p99Ns: null,
    latenessP99Ns: null,
  });

  test("wait for every worker, whatever the order they come in", () => {
    const merger = new IntervalMerger(2);
    expect(merger.add(0, line(0, 1), counts)).toEqual([]);
    expect(merger.add(0, line(1e9, 2), counts)).toEqual([]);
    expect(merger.add(1, line(0, 10), counts)).toMatchObject([{ atNs: 0, sent: 11, inFlight: 2 }]);
    expect(merger.add(1, line(1e9, 20), counts)).toMatchObject([{ atNs: 1e9, sent: 22 }]);
  });

  test("of a worker that went on longer are not lost", () => {
    const merger = new IntervalMerger(2);
    merger.add(0, line(0, 1), counts);
    merger.add(0, line(1e9, 2), counts);
    merger.add(1, line(0, 10), counts);
    expect(merger.finish().map(({ sent }) => sent)).toEqual([11, 2]);
  });
});
