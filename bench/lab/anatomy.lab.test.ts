/**
 * The time stamps on a standing lab: every call booked, and a known delay found where it was put.
 */
import { afterEach, expect, test } from "vitest";
import { ms, perSecond } from "../../loadgen/units.js";
import { anatomyOf, type RoadAnatomy } from "../../results/anatomy.js";
import type { AnatomyRecord, AnatomyTrial } from "../../results/anatomy-record.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { measureAnatomy } from "../anatomy/anatomy.js";
import { startLab, type LabEnvironment } from "./lab-environment.js";
import { labOptions, SHORT_PLAN } from "./lab.test-helper.js";

const noSignal = new AbortController().signal;
let lab: LabEnvironment | null = null;
afterEach(async () => {
  await lab?.[Symbol.asyncDispose]();
  lab = null;
});

async function anatomies(roads: readonly string[], serverDelayNs = 0): Promise<readonly RoadAnatomy[]> {
  const scenarios = roads.map(scenarioByName);
  await lab?.[Symbol.asyncDispose]();
  lab = await startLab(labOptions({ serverDelayNs }));
  const facts = await lab.prepare(scenarios, noSignal);
  const trials: AnatomyTrial[] = [];
  const design = { scenarios, blocks: 6, windowNs: ms(100), seed: 3 };
  await measureAnatomy(lab, design, noSignal, (trial) => trials.push(trial));
  const record: AnatomyRecord = {
    schema: 1,
    id: "test",
    createdAt: new Date(0).toISOString(),
    tollgate: "0",
    command: [],
    level: "tc",
    serverDelayNs,
    ...{ seed: 3, blocks: 6, windowNs: ms(100), ...facts, scenarios, trials },
  };
  const { roads: told, untold } = anatomyOf(record);
  expect(untold).toEqual([]);
  return told;
}

test("every call of every kind of road is booked, no more and no fewer", async () => {
  const roads = ["no-policy", "l4", "l4-proxy", "l7", "tls", "l7-tls", "l7-kernel"];
  const told = await anatomies(roads);
  expect(told.map(({ scenario, voidTrials }) => [scenario.name, voidTrials])).toEqual(roads.map((road) => [road, []]));
  for (const { booked, segments } of told) {
    expect(booked).toBeGreaterThan(100);
    for (const { median } of segments.slice(0, -1)) expect(median?.estimateNs).toBeGreaterThan(0);
  }
});

test("a delay of 200 µs in the server shows in the server's segment and nowhere else", async () => {
  const without = await anatomies(["no-policy", "l7"]);
  const withDelay = await anatomies(["no-policy", "l7"], 200_000);
  for (const [index, road] of withDelay.entries()) {
    const grown = road.segments.slice(0, -1).map(({ name, median }, at) => ({
      name,
      byNs: (median?.estimateNs ?? 0) - (without[index]?.segments[at]?.median?.estimateNs ?? 0),
    }));
    const server = grown.find(({ name }) => name === "server")?.byNs ?? 0;
    // The delay is spun, so the segment grows by all of it; what else grew together is noise beside that.
    expect(server, road.scenario.name).toBeGreaterThan(150_000);
    const others = grown.filter(({ name }) => name !== "server").reduce((sum, { byNs }) => sum + byNs, 0);
    expect(Math.abs(others), road.scenario.name).toBeLessThan(server / 2);
  }
});

test("more than one call in flight is refused, and the lab goes on", async () => {
  const scenario = scenarioByName("no-policy");
  lab = await startLab(labOptions());
  await lab.prepare([scenario], noSignal);
  const ask = { scenario, transport: "lean" as const, programTime: false };
  const two = { ...SHORT_PLAN, loop: { kind: "closed" as const, inFlight: 2, connectionPerCall: false } };
  const arrivals = { kind: "constant" as const, rate: perSecond(100) };
  const open = { ...SHORT_PLAN, loop: { kind: "open" as const, arrivals, overflow: "queue" as const } };
  for (const plan of [two, open]) {
    await expect(lab.measure({ ...ask, plan, stamps: true }, noSignal)).rejects.toThrow(/one call at a time/);
  }
  const { stamps, measurement } = await lab.measure({ ...ask, plan: SHORT_PLAN, stamps: true }, noSignal);
  expect(stamps?.booked).toBe(measurement.books.totalSent - 1);
});
