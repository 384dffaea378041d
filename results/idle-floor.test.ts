/** What is taken off a road's CPU for the idle node, and when it cannot be that. */
import { describe, expect, test } from "vitest";
import type { Comparison, RunComparison } from "./comparison-shape.js";
import { compareRun } from "./compare-run.js";
import { isIdleFloorBelievable } from "./idle-floor.js";
import type { Run } from "./run-shape.js";
import { syntheticRun } from "./synthetic-run.js";

const run = syntheticRun({
  ...{ environment: "lab", scenarios: ["no-policy", "no-policy-again", "l4", "l7"], passes: ["single"] },
  ...{ blocks: 8, callsPerTrial: 400 },
});
/** The same run as if so much had run beside the idle reading, ns a second. */
const readIdleAt = (idleBusyNsPerSecond: number): Run => ({ ...run, header: { ...run.header, idleBusyNsPerSecond } });

const cpu = ({ comparisons }: RunComparison, metric: Comparison["metric"]): Comparison | undefined =>
  comparisons.find((one) => one.candidate === "l7" && one.metric === metric);

describe("an idle reading", () => {
  test("of an idle node is taken off, and the road's CPU is told", () => {
    expect(isIdleFloorBelievable(run, "single")).toBe(true);
    expect(cpu(compareRun(run), "cpu_per_call")?.candidateNs).toBeGreaterThan(0);
  });

  test("while other work ran tells no road's CPU, since one would cost less than nothing", () => {
    const busy = compareRun(readIdleAt(1.5e9));
    expect(isIdleFloorBelievable(readIdleAt(1.5e9), "single")).toBe(false);
    expect(cpu(busy, "cpu_per_call")).toMatchObject({
      ...{ candidateNs: null, baselineNs: null, absoluteNs: null, ratio: null, verdict: "inconclusive" },
      notes: ["n/a: the node was busier when its idle time was read than beside these calls"],
    });
    expect(busy.warnings.join("\n")).toMatch(/other work ran while the idle node was read/);
  });

  test("leaves Envoy's own CPU alone, which is counted by process", () => {
    const [idle, busy] = [compareRun(run), compareRun(readIdleAt(1.5e9))];
    expect(cpu(busy, "envoy_cpu_per_call")?.candidateNs).toBe(cpu(idle, "envoy_cpu_per_call")?.candidateNs);
  });

  test("that was never made is no reading to doubt", () => {
    const { idleBusyNsPerSecond: _, ...header } = run.header;
    expect(isIdleFloorBelievable({ ...run, header }, "single")).toBe(true);
  });
});
