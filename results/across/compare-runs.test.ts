import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import type { Floor } from "../comparison-shape.js";
import type { Run } from "../run-shape.js";
import { syntheticRun, type SyntheticOptions } from "../synthetic-run.js";
import type { MeasuredTrial } from "../trial-metrics.js";
import type { AcrossCell, RunsComparison } from "./across-shape.js";
import { compareRuns, type AcrossOptions } from "./compare-runs.js";

const ROADS = ["no-policy", "no-policy-again", "l4", "l7", "l7-again"];
const L7 = 215_000;

/** `day` tells runs apart: seed and date go with it. */
function lab(day: number, options: SyntheticOptions = {}): Run {
  return syntheticRun({
    ...{ scenarios: ROADS, passes: ["single"], callsPerTrial: 400, environment: "lab" },
    seed: day,
    begun: new Date(Date.UTC(2026, 10, day)),
    ...options,
  });
}

function cell(told: RunsComparison, candidate = "l7", baseline = "l4", metric = "service_p50"): AcrossCell {
  const found = told.cells.find(
    (one) => one.candidate === candidate && one.baseline === baseline && one.metric === metric,
  );
  if (found === undefined) throw new Error(`no ${metric} of ${candidate} against ${baseline}`);
  return found;
}

const across = (before: Run, after: Run, options?: AcrossOptions): RunsComparison =>
  compareRuns(before, after, options);

describe("a toll that rose by a known amount between two runs", () => {
  const risen = 43_000;
  const told = across(lab(1), lab(2, { tolls: { l7: L7 + risen, "l7-again": L7 + risen } }));
  const l7 = cell(told);

  test("comes out slower, with the truth in its interval", () => {
    expect(l7).toMatchObject({ verdict: "slower", family: "declared" });
    const truth = (79_000 + L7 + risen) / (79_000 + L7);
    expect(l7.shift!.ratio.low).toBeLessThan(truth);
    expect(l7.shift!.ratio.high).toBeGreaterThan(truth);
    expect(l7.shift!.changeNs.low).toBeLessThan(risen);
    expect(l7.shift!.changeNs.high).toBeGreaterThan(risen);
  });

  test("shows the toll of either run with its own interval, levels and calls", () => {
    expect(l7.before!.tollNs!.estimate).toBeCloseTo(L7 - 4_000, -4);
    expect(l7.after!.tollNs!.estimate).toBeCloseTo(L7 + risen - 4_000, -4);
    expect([l7.before!.blocks, l7.before!.candidateCalls]).toEqual([10, 4_000]);
  });

  test("has Brunner-Munzel beside it", () => {
    expect(l7.shift!.brunnerMunzel.superiority).toBeGreaterThan(0.9);
    expect(l7.shift!.brunnerMunzel.p).toBeLessThan(0.01);
  });

  test("leaves the toll that did not move alone", () => {
    expect(cell(told, "l4", "no-policy").verdict).toMatch(/inconclusive|indistinguishable/);
  });
});

test("a machine that is slower as a whole raises no toll ratio", () => {
  const slowed = { "no-policy": 79_000, l4: 79_000 + 8_000, l7: 79_000 + 2 * L7, "l7-again": 79_000 + 2 * L7 };
  const quiet = { trialSd: 0.003 };
  const l7 = cell(across(lab(1, quiet), lab(2, { ...quiet, tolls: slowed }), { minEffect: 0.05 }));
  expect(l7.verdict).toBe("indistinguishable");
  // The toll itself did double, and that stands beside it.
  expect(l7.shift!.changeNs.low).toBeGreaterThan(0.8 * L7);
});

test("the declared family is the chains that both runs measured alike, at 1 − α/m", () => {
  const told = across(lab(1), lab(2, { scenarios: ["no-policy", "l4", "l7"] }));
  expect(told.declared.size).toBe(2);
  expect(cell(told).shift!.theta.confidence).toBeCloseTo(0.975, 10);
  expect(cell(told, "l7", "l4", "service_p90").shift!.theta.confidence).toBeCloseTo(0.95, 10);
});

describe("cells that are not compared are named with their reason:", () => {
  test("roads of one run only", () => {
    const told = across(lab(1, { scenarios: ["no-policy", "tls"] }), lab(2, { scenarios: ["no-policy", "l4"] }));
    expect(cell(told, "l4", "no-policy")).toMatchObject({ verdict: "added", before: null, shift: null });
    expect(cell(told, "tls", "no-policy")).toMatchObject({ verdict: "removed", after: null });
    expect(cell(told, "tls", "no-policy").notes[0]).toMatch(/^only in 20261101-000000-lab-/);
    expect(told.warnings.join()).toMatch(/nothing could be compared: only in/);
  });

  test("but not a pair of roads that both measured, whatever each held its roads against", () => {
    const told = across(lab(1), lab(2, { scenarios: ["no-policy", "l7"] }));
    expect(cell(told, "l4", "no-policy").verdict).toBe("removed");
    expect(told.cells.filter((one) => one.candidate === "l7" && one.baseline === "l4")).toHaveLength(6);
  });

  test("other loads and other placements", () => {
    const [before, after] = [lab(1), lab(2)];
    const [single] = after.header.design.passes;
    const busier = { ...single!, plan: { ...single!.plan, connections: 2 } };
    const other: Run = { ...after, header: { ...after.header, design: { ...after.header.design, passes: [busier] } } };
    expect(cell(across(before, other))).toMatchObject({
      ...{ verdict: "not compared", shift: null },
      notes: ["not the same load: connections 1 and 2"],
    });
    const placement = { ...after.header.placement, proxy: "1" };
    const moved = across(before, { ...after, header: { ...after.header, placement } });
    expect(cell(moved).notes).toEqual(["not placed alike: proxy on CPU 0 and 1"]);
    expect(moved.declared.size).toBe(0);
    expect(moved.warnings.join()).toMatch(/nothing could be compared: not placed alike/);
  });
});

test("a change below the margin is no change, whichever of the two runs has the wider floor", () => {
  const quiet = { trialSd: 0.002, blockSd: 0.01, callsPerTrial: 1_500 };
  const [before, after] = [lab(1, quiet), lab(2, { ...quiet, tolls: { l7: L7 + 6_000, "l7-again": L7 + 6_000 } })];
  expect(cell(across(before, after)).verdict).toBe("slower");
  const floor: Floor = {
    kind: "behind the proxy",
    pass: "single",
    method: "ProcessPayment",
    metric: "service_p50",
    fraction: 0.05,
    runs: 3,
  };
  for (const floors of [
    { before: [floor], after: [] },
    { before: [], after: [floor] },
  ]) {
    expect(cell(across(before, after, { floors }))).toMatchObject({
      ...{ verdict: "indistinguishable", margin: { fraction: 0.05, source: "floor" } },
    });
  }
});

describe("a broken A/A control of either run", () => {
  const broken = { "l7-again": L7 + 30_000 };

  test.each<[string, SyntheticOptions, SyntheticOptions]>([
    ["earlier", { tolls: broken }, { tolls: { l7: L7 + 43_000, "l7-again": L7 + 43_000 } }],
    ["later", {}, { tolls: { l7: L7 + 43_000, "l7-again": L7 + 43_000 + 30_000 } }],
  ])("in the %s run takes back what is not three times as large", (_, one, other) => {
    const told = across(lab(1, one), lab(2, other));
    expect(cell(told)).toMatchObject({ verdict: "inconclusive" });
    expect(cell(told).notes[0]).toMatch(/the A\/A control behind the proxy is itself slower/);
    expect(told.warnings.join("\n")).toMatch(/2026110[12]-\S+: the A\/A control failed: l7-again/);
  });

  test("leaves a change standing that is", () => {
    const told = across(lab(1, { tolls: broken }), lab(2, { tolls: { l7: 2 * L7, "l7-again": 2 * L7 } }));
    expect(cell(told).verdict).toBe("slower");
  });
});

describe("runs as they come in life", () => {
  const cut = (run: Run, blocks: number): Run => ({
    ...run,
    trials: run.trials.filter((trial) => trial.block < blocks),
    end: { state: "interrupted", at: run.header.createdAt, message: "stopped", warnings: [] },
  });
  const changed = (run: Run, change: (trial: MeasuredTrial) => Partial<MeasuredTrial["outcome"]>): Run => ({
    ...run,
    trials: run.trials.map((trial) => ({
      ...trial,
      outcome: { ...(trial as MeasuredTrial).outcome, ...change(trial as MeasuredTrial) },
    })),
  });

  test("cut short: what was finished is compared, and that is said", () => {
    const told = across(lab(1), cut(lab(2), 3));
    expect(told.warnings[0]).toMatch(/is interrupted: only the blocks that it finished are compared/);
    expect(cell(told).verdict).toBe("inconclusive");
    expect(cell(told).notes.join()).toMatch(/10 blocks against 3, 6 in each run are the least for a verdict/);
  });

  test("without a valid trial", () => {
    const invalid = { state: "INVALID" as const, reasons: [] };
    const told = across(
      lab(1),
      changed(lab(2), () => ({ verdict: invalid })),
    );
    expect(cell(told)).toMatchObject({ verdict: "invalid" });
    expect(cell(told).notes[0]).toMatch(/all 10 trials of l7 are void in 20261102/);
    expect(told.warnings.join()).toMatch(/has no valid trial among its 50/);
  });

  test("without a trial, with one block, with one road", () => {
    expect(across(lab(1), cut(lab(2), 0)).warnings.join()).toMatch(/has no trial/);
    expect(across(lab(1), lab(2, { blocks: 1 })).warnings.join()).toMatch(
      /has one block: a toll of it has no interval/,
    );
    const lonely = across(lab(1, { scenarios: ["l7"] }), lab(2, { scenarios: ["l7"] }));
    expect(lonely.cells).toEqual([]);
    expect(lonely.warnings.join()).toMatch(/measured one road only, l7: a toll needs two.*no toll that could be/s);
  });

  test("full of doubt: SUSPECT trials are counted, and a gate would not open on them", () => {
    const suspect = {
      state: "SUSPECT" as const,
      reasons: [{ state: "SUSPECT" as const, rule: "steal", text: "steal" }],
    };
    const told = across(
      lab(1),
      changed(lab(2), (trial) => (trial.block < 4 ? { verdict: suspect } : {})),
    );
    expect(cell(told).after!.suspect).toBe(4);
    expect(cell(told).notes.join()).toMatch(/4 of 10 blocks of 20261102\S* hold a SUSPECT trial/);
  });
});

test("Envoy's CPU is compared as a level where the baseline has no Envoy, and that is said", () => {
  const envoy = cell(across(lab(1), lab(2)), "l7", "l4", "envoy_cpu_per_call");
  expect(envoy.before).toMatchObject({ basis: "level", ratio: null, blocks: 10 });
  expect(envoy.notes.join()).toMatch(/levels are compared: the machine's speed is part of the change/);
});

test("a lab and a cluster are never compared, nor a run with itself", () => {
  expect(() => across(lab(1), lab(2, { environment: "cluster" }))).toThrow(/different environments/);
  expect(() => across(lab(1), lab(1))).toThrow(Fault);
});

test("that the newer run was named first is said", () => {
  expect(across(lab(2), lab(1)).warnings[0]).toMatch(/is the newer of the two/);
});
