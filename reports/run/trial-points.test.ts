import { expect, test } from "vitest";
import { metricOf } from "../../results/trial-metrics.js";
import type { Trial, VerdictReason } from "../../results/trial.js";
import { trialsSection } from "./html-trials.js";
import { failed, labRun, reportOf, withNote, withTrials } from "./report.test-helper.js";
import { runJson } from "./run-json.js";
import { pointSets, type PointSet } from "./trial-points.js";

const run = labRun({ passes: ["single"], scenarios: ["no-policy", "l7"], blocks: 3 });

function setOf(of: typeof run, quantile: PointSet["quantile"] = "p50"): PointSet | undefined {
  return pointSets(of, reportOf(of).tables).find((set) => set.quantile === quantile);
}

test("every trial is a dot at its own quantile, in its own block", () => {
  const points = setOf(run)?.points ?? [];
  expect(points.map(({ scenario, block }) => `${scenario} ${block}`).sort()).toEqual(
    run.trials.map(({ scenario, block }) => `${scenario} ${block}`).sort(),
  );
  for (const [i, trial] of run.trials.entries()) {
    if (trial.outcome.state !== "measured") throw new Error("not measured");
    const value = metricOf({ ...trial, outcome: trial.outcome }, "ProcessPayment", "service_p50");
    expect(points[i]?.valueNs).toBe(value);
  }
});

test("a void trial has none, a trial in doubt is marked", () => {
  const reason: VerdictReason = { state: "SUSPECT", rule: "steal", text: "the hypervisor took time" };
  const doubted = (trial: Trial): Trial =>
    trial.outcome.state === "failed"
      ? trial
      : { ...trial, outcome: { ...trial.outcome, verdict: { state: "SUSPECT", reasons: [reason] } } };
  const odd = withTrials(run, (trial) => {
    if (trial.scenario !== "l7") return trial;
    return trial.block === 0 ? failed(trial) : trial.block === 1 ? doubted(trial) : trial;
  });
  const points = setOf(odd)?.points.filter(({ scenario }) => scenario === "l7") ?? [];
  expect(points.map(({ block, isSuspect }) => [block, isSuspect]).sort()).toEqual([
    [1, true],
    [2, false],
  ]);
});

test("a tail that no window holds enough calls of has no dots", () => {
  const few = labRun({ passes: ["single"], scenarios: ["no-policy", "l7"], blocks: 3, callsPerTrial: 300 });
  expect(setOf(few, "p50")?.points).toHaveLength(6);
  expect(setOf(few, "p99")).toBeUndefined();
});

test("what was remarked on a trial stands in the page's and the machine's list of trials, and nowhere else", () => {
  const noted = withTrials(run, (trial) =>
    trial.scenario === "l7" && trial.block === 1 ? withNote(trial, "the stream <broke>") : trial,
  );
  const points = setOf(noted)?.points ?? [];
  expect(points.filter(({ notes }) => notes.length > 0).map(({ scenario, block }) => `${scenario} ${block}`)).toEqual([
    "l7 1",
  ]);
  expect(trialsSection(reportOf(noted))).toContain("the stream &lt;broke&gt;");
  expect(JSON.stringify(runJson(reportOf(noted), "x"))).toContain('"notes":["the stream <broke>"]');
  expect(trialsSection(reportOf(run))).not.toContain(">note<");
});

test("a road without a dot is not named", () => {
  const bare = withTrials(run, (trial) => (trial.scenario === "l7" ? failed(trial) : trial));
  expect(setOf(bare)?.scenarios.map(({ name }) => name)).toEqual(["no-policy"]);
});
