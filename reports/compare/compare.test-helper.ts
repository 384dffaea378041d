/** Two runs of a lab, an Envoy upgrade between them, and their report. */
import { compareRuns } from "../../results/across/compare-runs.js";
import type { Run } from "../../results/run-shape.js";
import { syntheticRun, type SyntheticOptions } from "../../results/synthetic-run.js";
import { buildComparison, type CompareModel } from "./compare-model.js";

const FACTS = {
  cpu: "Synthetic CPU",
  cpus: "2",
  kernel: "6.1.0",
  envoy: "1.36.4",
  "envoy.sha256": "aaaa",
  node: "20.19.0",
};

export function beforeUpgrade(options: SyntheticOptions = {}): Run {
  return syntheticRun({
    ...{ environment: "lab", passes: ["single", "mix"], callsPerTrial: 1_500, seed: 11, fingerprint: FACTS },
    ...{ begun: new Date("2026-11-01T09:00:00.000Z"), tags: ["envoy-1.36"] },
    ...options,
  });
}

/** L7 judging 43 µs dearer. */
export function afterUpgrade(options: SyntheticOptions = {}): Run {
  return syntheticRun({
    ...{ environment: "lab", passes: ["single", "mix"], callsPerTrial: 1_500, seed: 15 },
    fingerprint: { ...FACTS, envoy: "1.37.0", "envoy.sha256": "bbbb" },
    ...{ begun: new Date("2026-11-23T09:00:00.000Z"), tags: ["envoy-1.37"] },
    tolls: { l7: 258_000, "l7-again": 258_000, "l7-tls": 323_000 },
    ...options,
  });
}

export function reportOn(before: Run, after: Run): CompareModel {
  return buildComparison(compareRuns(before, after));
}

/** Pairs of runs that reports meet in life, each with the sentence that names it. */
export function oddPairs(): readonly (readonly [string, Run, Run])[] {
  const few = { passes: ["single" as const], callsPerTrial: 300 };
  const [before, after] = [beforeUpgrade(few), afterUpgrade(few)];
  const cut = { state: "interrupted" as const, at: after.header.createdAt, message: "stopped", warnings: [] };
  const otherKernel = { ...after.header.fingerprint, kernel: "6.6.0" };
  return [
    ["a later run cut short", before, { ...after, trials: after.trials.slice(0, 30), end: cut }],
    ["a later run without a trial", before, { ...after, trials: [], end: null }],
    ["one road each", beforeUpgrade({ ...few, scenarios: ["l7"] }), afterUpgrade({ ...few, scenarios: ["l7"] })],
    ["one block each", beforeUpgrade({ ...few, blocks: 1 }), afterUpgrade({ ...few, blocks: 1 })],
    [
      "no road in common",
      beforeUpgrade({ ...few, scenarios: ["no-policy", "l4"] }),
      afterUpgrade({ ...few, scenarios: ["tls", "l7-tls"] }),
    ],
    ["two things that differ", before, { ...after, header: { ...after.header, fingerprint: otherKernel } }],
  ];
}
