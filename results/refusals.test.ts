import { expect, test } from "vitest";
import { refusalsOf } from "./refusals.js";
import { syntheticRun } from "./synthetic-run.js";

const run = (callsPerTrial: number) =>
  syntheticRun({
    blocks: 4,
    scenarios: ["no-policy", "l4", "l7", "l7-tls"],
    passes: ["single", "refused"],
    callsPerTrial,
  });

test("refusals are told per road, method and status, over all trials together", () => {
  const [l7, l7tls, silence] = refusalsOf(run(3_000));
  expect(l7).toMatchObject({ road: "l7", method: "IssueRefund", status: "PERMISSION_DENIED", count: 12_000 });
  expect(l7!.p50Ns).toBeGreaterThan(200_000);
  expect(l7!.p99Ns).toBeGreaterThan(l7!.p50Ns!);
  expect(l7tls).toMatchObject({ road: "l7-tls", count: 12_000 });
  expect(silence).toEqual({ road: "l4", method: "IssueRefund", status: "silence", p50Ns: null, p99Ns: null, count: 1 });
});

test("a percentile of refusals with fewer than a hundred beyond it is not told", () => {
  const [l7] = refusalsOf(run(100));
  expect(l7!.p50Ns).not.toBeNull();
  expect(l7!.p99Ns).toBeNull();
});

test("a run without refusals has none", () => {
  expect(refusalsOf(syntheticRun({ blocks: 1, scenarios: ["no-policy"], callsPerTrial: 10 }))).toEqual([]);
});
