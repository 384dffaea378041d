/** Anatomies for tests: segments as the prototype saw them, which drift from block to block. */
import { scenarioByName } from "../scenarios/catalogue.js";
import type { AnatomyRecord, AnatomyTrial } from "./anatomy-record.js";

/** Medians by segment; through Envoy, its two segments are long. */
const BARE_NS = [2_000, 3_000, 700, 34_000, 1_600, 3_000, 650];
const PROXIED_NS = [2_650, 125_500, 2_450, 51_000, 1_340, 88_400, 1_610];
const CALLS = 1_000;
/** What the caller needs for itself. */
const OWN_NS = 30_000;

/** One trial, with stamps or without. */
export function syntheticTrial(road: string, block: number, hasStamps: boolean): AnatomyTrial {
  const segments = scenarioByName(road).road.proxy.kind === "none" ? BARE_NS : PROXIED_NS;
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
          segments: p50s.map((ns, i) => reading(ns, means[i] ?? 0)),
        }
      : null,
    voidBecause: [],
  };
}

export function syntheticAnatomy(roads: readonly string[], trials: readonly AnatomyTrial[]): AnatomyRecord {
  return {
    schema: 1,
    id: "20261128-090000-lab-0000",
    createdAt: "2026-11-28T09:00:00.000Z",
    tollgate: "0.1.0",
    command: ["tollgate", "anatomy", ...roads],
    level: "tc",
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
