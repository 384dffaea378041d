/** Anatomies for tests: segments as the prototype saw them, which drift from block to block. */
import { scenarioByName } from "../scenarios/catalogue.js";
import type { AnatomyRecord, AnatomyTrial } from "./anatomy-record.js";
import { PLACES, placesOf, type Place, type StampWish } from "./anatomy-segments.js";

/** Medians by the place at the segment's end, on a road of its own and through Envoy. */
const TC_NS = {
  bare: [2_000, 3_000, 700, 34_000, 1_600, 3_000, 650],
  proxied: [2_650, 125_500, 2_450, 51_000, 1_340, 88_400, 1_610],
};
const FULL_NS = {
  bare: [
    ...[2_700, 1_700, 0, 0, 0, 0, 3_100, 700, 2_600, 19_100, 4_400, 5_600],
    ...[2_300, 1_700, 0, 0, 0, 0, 3_200, 700, 2_600, 19_500, 4_200],
  ],
  proxied: [
    ...[3_500, 2_300, 4_700, 18_000, 13_400, 83_500, 3_400, 2_500, 3_700, 11_400, 7_500, 12_400],
    ...[2_000, 1_400, 3_800, 5_200, 12_800, 53_900, 2_700, 1_600, 3_100, 22_700, 5_800],
  ],
};
const CALLS = 1_000;
/** What the caller needs for itself. */
const OWN_NS = 30_000;

const TC: StampWish = { level: "tc", wakeUps: false };

/** One trial, with stamps or without. */
export function syntheticTrial(road: string, block: number, hasStamps: boolean, wish = TC): AnatomyTrial {
  const { segments, passed } = segmentsNs(road, wish);
  const p50s = segments.map((ns) => ns * (1 + block / 50));
  const means = p50s.map((ns) => ns * 1.2);
  const wireNs = means.reduce((sum, ns) => sum + ns, 0);
  const calls = CALLS + block;
  const reading = (p50Ns: number, meanNs: number) => ({ calls, sumNs: meanNs * calls, p50Ns });
  return {
    scenario: road,
    block,
    callerP50Ns: p50s.reduce((sum, ns) => sum + ns, 0) + OWN_NS + (hasStamps ? 4_000 : 0),
    callerMeanNs: wireNs + OWN_NS,
    callerCalls: CALLS,
    sent: calls,
    stamps: hasStamps
      ? {
          booked: calls,
          abandoned: 0,
          wire: reading(wireNs / 1.2, wireNs),
          segments: p50s.map((ns, i) => (passed[i] === true ? reading(ns, means[i] ?? 0) : NOTHING)),
        }
      : null,
    voidBecause: [],
  };
}

const NOTHING = { calls: 0, sumNs: 0, p50Ns: 0 };

/** As the programs book them: without wake-ups, the segment behind one holds it. */
function segmentsNs(road: string, wish: StampWish): { segments: readonly number[]; passed: readonly boolean[] } {
  const scenario = scenarioByName(road);
  const places = placesOf(scenario, wish);
  const kind = scenario.road.proxy.kind === "none" ? "bare" : "proxied";
  const whole = (wish.level === "tc" ? TC_NS : FULL_NS)[kind];
  const passed = PLACES[wish.level].slice(1).map((place: Place) => places.has(place));
  const segments = whole.map((ns, i) => {
    if (passed[i] !== true) return 0;
    return passed[i - 1] === false ? ns + (whole[i - 1] ?? 0) : ns;
  });
  return { segments, passed };
}

export function syntheticAnatomy(
  roads: readonly string[],
  trials: readonly AnatomyTrial[],
  { level, wakeUps } = TC,
): AnatomyRecord {
  return {
    schema: 1,
    id: "20261128-090000-lab-0000",
    createdAt: "2026-11-28T09:00:00.000Z",
    tollgate: "0.1.0",
    command: ["tollgate", "anatomy", ...roads],
    level,
    ...(wakeUps ? { wakeUps } : {}),
    seed: 1,
    blocks: 8,
    windowNs: 2e8,
    serverDelayNs: 0,
    fingerprint: { cpu: "Synthetic CPU" },
    placement: { cpus: 2, generator: "CPU 0", server: "CPU 1", proxy: "CPU 1", envoyConcurrency: 1 },
    scenarios: roads.map(scenarioByName),
    trials,
    warnings: [],
  };
}
