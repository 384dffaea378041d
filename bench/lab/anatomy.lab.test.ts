/**
 * The time stamps on a standing lab, at both levels: every call booked, and a known delay found where it was put.
 */
import { afterEach, describe, expect, test } from "vitest";
import { ms, perSecond } from "../../loadgen/units.js";
import { anatomyOf } from "../../results/anatomy.js";
import type { AnatomyRecord, AnatomyTrial } from "../../results/anatomy-record.js";
import { segmentsOf, type StampWish } from "../../results/anatomy-segments.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { measureAnatomy } from "../anatomy/anatomy.js";
import { startLab, type LabEnvironment } from "./lab-environment.js";
import { labOptions, SHORT_PLAN } from "./lab.test-helper.js";

const TC: StampWish = { level: "tc", wakeUps: false };
const FULL: StampWish = { level: "full", wakeUps: false };
const noSignal = new AbortController().signal;
let lab: LabEnvironment | null = null;
afterEach(async () => {
  await lab?.[Symbol.asyncDispose]();
  lab = null;
});

/** Enough that a few trials may fail on a busy machine. */
const BLOCKS = 9;

/** Null where this kernel has not what the level needs: tc is told instead, which another test looks at. */
async function measured(roads: readonly string[], stamps: StampWish, serverDelayNs = 0): Promise<AnatomyRecord | null> {
  const scenarios = roads.map(scenarioByName);
  await lab?.[Symbol.asyncDispose]();
  lab = await startLab(labOptions({ serverDelayNs }));
  const facts = await lab.prepare(scenarios, noSignal);
  if ((await lab.loadStamps(stamps.level)).level !== stamps.level) return null;
  const trials: AnatomyTrial[] = [];
  const design = { scenarios, stamps, blocks: BLOCKS, windowNs: ms(100), seed: 3 };
  await measureAnatomy(lab, design, noSignal, (trial) => trials.push(trial));
  return {
    schema: 1,
    id: "test",
    createdAt: new Date(0).toISOString(),
    tollgate: "0",
    command: [],
    ...stamps,
    serverDelayNs,
    ...{ seed: 3, blocks: BLOCKS, windowNs: ms(100), ...facts, scenarios, trials },
  };
}

/** The least median of each segment over the trials: what a busy machine adds is not in it. */
function leastNs({ trials, scenarios, ...record }: AnatomyRecord): Map<string, number> {
  const wish = { level: record.level, wakeUps: record.wakeUps ?? false };
  const named = scenarios.flatMap((scenario) =>
    segmentsOf(scenario, wish).map(({ at, name }): [string, number] => {
      const medians = trials.flatMap((trial) => {
        const { stamps, voidBecause } = trial;
        if (trial.scenario !== scenario.name || stamps === null || voidBecause.length > 0) return [];
        return [stamps.segments[at - 1]?.p50Ns ?? NaN];
      });
      return [`${scenario.name}: ${name}`, Math.min(...medians)];
    }),
  );
  return new Map(named);
}

describe.each([
  ["tc", TC],
  ["full, with wake-ups", { ...FULL, wakeUps: true }],
] as const)("level %s", (_name, stamps) => {
  test("books every call of every kind of road, no more and no fewer, and its segments are the whole", async ({
    skip,
  }) => {
    const roads = ["no-policy", "l4", "l4-proxy", "l7", "tls", "l7-tls", "l7-kernel"];
    const record = await measured(roads, stamps);
    if (record === null) return skip("this kernel has not the tracepoints");
    const { roads: told, untold } = anatomyOf(record);
    expect(untold).toEqual([]);
    expect(told.map(({ scenario }) => scenario.name)).toEqual(roads);
    for (const { booked, segments, wire, scenario, voidTrials } of told) {
      expect(voidTrials.filter((reason) => reason.includes("booked"))).toEqual([]);
      expect(booked).toBeGreaterThan(100);
      const stamped = segments.slice(0, -1);
      for (const { median, name } of stamped) {
        // Nobody has to wait for a process that runs already.
        if (!name.includes("wakes up")) expect(median?.estimateNs, `${scenario.name}: ${name}`).toBeGreaterThan(0);
      }
      const sum = stamped.reduce((total, { mean }) => total + mean.estimateNs, 0);
      expect(sum / wire.mean.estimateNs, scenario.name).toBeCloseTo(1, 6);
    }
  });
});

test.each([
  ["tc", TC, "server"],
  ["full", FULL, "server handles the call"],
] as const)(
  "a delay of 200 µs in the server shows in the server's segment and nowhere else: level %s",
  // A neighbour that comes or goes between the two labs moves every segment.
  { retry: 2 },
  async (_name, stamps, where) => {
    const [without, delayed] = [
      await measured(["no-policy", "l7"], stamps),
      await measured(["no-policy", "l7"], stamps, 200_000),
    ];
    if (without === null || delayed === null) return;
    const before = leastNs(without);
    for (const [name, ns] of leastNs(delayed)) {
      const grownNs = ns - (before.get(name) ?? NaN);
      // The delay is spun, so the segment grows by all of it; what else grew is noise beside that.
      if (name.endsWith(`: ${where}`)) expect(grownNs, name).toBeGreaterThan(150_000);
      else expect(Math.abs(grownNs), name).toBeLessThan(100_000);
    }
  },
);

test("more than one call in flight is refused, and the lab goes on", async () => {
  const scenario = scenarioByName("no-policy");
  lab = await startLab(labOptions());
  await lab.prepare([scenario], noSignal);
  const ask = { scenario, transport: "lean" as const, programTime: false };
  const two = { ...SHORT_PLAN, loop: { kind: "closed" as const, inFlight: 2, connectionPerCall: false } };
  const arrivals = { kind: "constant" as const, rate: perSecond(100) };
  const open = { ...SHORT_PLAN, loop: { kind: "open" as const, arrivals, overflow: "queue" as const } };
  for (const plan of [two, open]) {
    await expect(lab.measure({ ...ask, plan, stamps: TC }, noSignal)).rejects.toThrow(/one call at a time/);
  }
  const { stamps, measurement } = await lab.measure({ ...ask, plan: SHORT_PLAN, stamps: TC }, noSignal);
  expect(stamps?.booked).toBe(measurement.books.totalSent - 1);
});
