import { describe, expect, test } from "vitest";
import { scenarioByName } from "../scenarios/catalogue.js";
import type { KernelCounters } from "./path-counters.js";
import { provePath } from "./path-proof.js";
import { syntheticRun } from "./synthetic-run.js";
import type { MeasuredTrial } from "./trial-metrics.js";
import type { PathProof } from "./trial.js";

/** A trial on l7-kernel whose counters are what the road promises, but for the change. */
function proven(change: (kernel: KernelCounters) => Partial<KernelCounters> = () => ({})): PathProof {
  const run = syntheticRun({ blocks: 1, scenarios: ["l7-kernel"], passes: ["mix"], callsPerTrial: 500 });
  const { measurement, path } = (run.trials[0] as MeasuredTrial).outcome;
  const { kernel } = path.after;
  if (kernel === undefined) throw new Error("no counters");
  const after = { ...path.after, kernel: { ...kernel, ...change(kernel) } };
  return provePath(scenarioByName("l7-kernel").promise, path.before, after, measurement);
}

describe("a trial on l7-kernel", () => {
  test("is proven exactly when every call was let through by its rule", () => {
    const { level, evidence } = proven();
    expect(level).toBe("exact");
    expect(evidence.join("\n")).toMatch(/ProcessPayment: the program in the kernel let through \d+/);
  });

  test.each([
    ["one packet could not be judged", { unjudged: 1 }, /could not judge 1 packets/],
    ["one packet came out of order", { outOfOrder: 1 }, /saw 1 packets out of order/],
    ["a call was refused", { denied: 1 }, /refused 1 calls, none are promised/],
  ])("is contradicted when %s", (_what, change, text) => {
    const { level, contradictions } = proven(() => change);
    expect(level).toBe("contradicted");
    expect(contradictions.join("\n")).toMatch(text);
  });

  test("is contradicted when a rule was hit once more or less than calls were sent", () => {
    for (const one of [1, -1]) {
      const { level } = proven(({ hits }) => ({ hits: { ...hits, ProcessPayment: (hits.ProcessPayment ?? 0) + one } }));
      expect(level).toBe("contradicted");
    }
  });

  test("is doubted when the program took a packet for a repetition", () => {
    const { level, doubts } = proven(() => ({ retransmitted: 2 }));
    expect([level, doubts.length]).toEqual(["exact", 1]);
  });
});

test("a promise to count by rule is broken where the program was not read", () => {
  const run = syntheticRun({ blocks: 1, scenarios: ["l4"], passes: ["single"] });
  const { measurement, path } = (run.trials[0] as MeasuredTrial).outcome;
  const { promise } = scenarioByName("l7-kernel");
  expect(provePath(promise, path.before, path.after, measurement).level).toBe("contradicted");
});
