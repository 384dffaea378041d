import { describe, expect, test } from "vitest";
import type { IndexEntry } from "../run-index.js";
import { syntheticRun } from "../synthetic-run.js";
import { lastStable, type LastStable } from "./last-stable.js";
import type { GateOutcome } from "./gate-report.js";

const { header } = syntheticRun({
  ...{ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 8, callsPerTrial: 10, environment: "lab" },
  begun: new Date("2026-11-20T00:00:00.000Z"),
});

/** A run of that day which is as good as can be. */
function entry(day: number, change: Partial<IndexEntry> = {}): IndexEntry {
  const createdAt = new Date(Date.UTC(2026, 10, day)).toISOString();
  return {
    ...{ schema: 1, id: `day-${day}`, createdAt, state: "complete", tollgate: "0", environment: "lab", tags: [] },
    ...{ fingerprint: {}, placement: header.placement, passes: header.design.passes, tolls: [], twins: [] },
    trials: { valid: 16, suspect: 0, invalid: 0, failed: 0 },
    ...change,
  };
}

function chosen(entries: readonly IndexEntry[], outcomes: Readonly<Record<string, GateOutcome>> = {}): LastStable {
  return lastStable(header, entries, new Map(Object.entries(outcomes)));
}

const twin = (shift: number) => ({
  ...{
    kind: "without proxy" as const,
    pass: "single" as const,
    method: "ProcessPayment",
    metric: "service_p50" as const,
  },
  differences: [0.001, -0.002, 0.003, -0.001, 0.002, -0.003, 0.001, -0.001].map((value) => value + shift),
});

test("the newest earlier run of the same design is taken", () => {
  expect(chosen([entry(1), entry(2), entry(3)])).toEqual({ id: "day-3" });
});

describe("passed over is", () => {
  test.each<[string, Partial<IndexEntry>, RegExp | null]>([
    ["a run of another environment", { environment: "cluster" }, null],
    ["the run itself", { id: header.id }, null],
    ["a run that was cut short", { state: "interrupted" }, /day-9 is interrupted/],
    ["a run without one of its passes", { passes: [] }, /day-9 has no pass single/],
    [
      "a run without one of its roads",
      { passes: header.design.passes.map((pass) => ({ ...pass, scenarios: ["no-policy"] })) },
      /day-9 did not measure l4/,
    ],
    [
      "a run under another load",
      { passes: header.design.passes.map((pass) => ({ ...pass, plan: { ...pass.plan, connections: 9 } })) },
      /day-9 is not the same load: connections 9 and 1/,
    ],
    [
      "a run placed elsewhere",
      { placement: { ...header.placement, server: "7" } },
      /day-9 is not placed alike: server on CPU 7 and 0/,
    ],
    [
      "a run of doubtful trials",
      { trials: { valid: 10, suspect: 3, invalid: 2, failed: 1 } },
      /day-9 has 10 valid trials of 16/,
    ],
    ["a run without a trial", { trials: { valid: 0, suspect: 0, invalid: 0, failed: 0 } }, /has 0 valid trials of 0/],
    ["a run whose control failed", { twins: [twin(0.05)] }, /day-9 has an A\/A control that failed/],
  ])("%s", (_, change, why) => {
    expect(chosen([entry(1), entry(9, change)])).toEqual({ id: "day-1" });
    const alone = chosen([entry(9, change)]);
    if (why === null)
      expect(alone).toEqual({ missing: "there is no last stable run: no earlier run of the lab is kept here" });
    else expect("missing" in alone && alone.missing).toMatch(why);
  });

  test("a run that failed a gate, but not one that a gate could not tell of", () => {
    expect(chosen([entry(1), entry(9)], { "day-9": "broken" })).toEqual({ id: "day-1" });
    expect(chosen([entry(1), entry(9)], { "day-9": "invalid" })).toEqual({ id: "day-1" });
    expect(chosen([entry(1), entry(9)], { "day-9": "inconclusive" })).toEqual({ id: "day-9" });
  });

  test("a later run", () => {
    expect(chosen([entry(1), entry(25)])).toEqual({ id: "day-1" });
  });
});

test("a third of doubtful trials, a control that holds and other blocks are no hindrance", () => {
  const passes = header.design.passes.map((pass) => ({ ...pass, blocks: 20 }));
  const trials = { valid: 10, suspect: 5, invalid: 0, failed: 0 };
  expect(chosen([entry(9, { passes, trials, twins: [twin(0)] })])).toEqual({ id: "day-9" });
});

test("where there is none, the newest ones are named with their reasons, and the rest counted", () => {
  const cut = [1, 2, 3, 4, 5].map((day) => entry(day, { state: "failed" }));
  expect(chosen(cut)).toEqual({
    missing: "there is no last stable run: day-5 is failed; day-4 is failed; day-3 is failed; and 2 more",
  });
});
