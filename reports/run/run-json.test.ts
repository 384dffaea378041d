import { expect, test } from "vitest";
import { labRun, oddRuns, reportOf } from "./report.test-helper.js";
import { runJson } from "./run-json.js";

type Json = Readonly<Record<string, unknown>>;
const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

const told = asJson(runJson(reportOf(labRun({ blocks: 6 })), "results/runs/x"));

const first = (key: string): Json => (told[key] as readonly Json[])[0] ?? {};

test("the fields that scripts rely on keep their names", () => {
  expect(Object.keys(told)).toEqual(
    expect.arrayContaining(["run", "environment", "roads", "trials", "comparisons", "refusals", "warnings"]),
  );
  expect(told["run"]).toMatchObject({ id: expect.any(String) as string, dir: "results/runs/x" });
  expect(Object.keys(told["trials"] as Json)).toEqual(expect.arrayContaining(["valid", "suspect", "invalid"]));
  expect(Object.keys(first("roads"))).toContain("name");
  expect(Object.keys(first("refusals"))).toEqual(["road", "method", "status", "p50_ns", "p99_ns", "count"]);
});

test("a comparison names both roads, load, method, metric, intervals, confidence, count and verdict", () => {
  expect(first("comparisons")).toMatchObject({
    candidate: "l4",
    baseline: "no-policy",
    method: "ProcessPayment",
    load: "closed",
    metric: "service_p50",
    absolute_ns: { estimate: expect.any(Number), low: expect.any(Number), high: expect.any(Number) },
    ratio: { estimate: expect.any(Number), low: expect.any(Number), high: expect.any(Number) },
    confidence: expect.any(Number) as number,
    n: 6,
    suspect: 0,
    verdict: expect.any(String) as string,
  });
});

test("every comparison has a method, and a load of two kinds", () => {
  const comparisons = told["comparisons"] as readonly Json[];
  expect(new Set(comparisons.map((one) => one["load"]))).toEqual(new Set(["closed", "open"]));
  expect(comparisons.every((one) => typeof one["method"] === "string")).toBe(true);
});

test("everything a page draws is there: percentiles with bands, ratios, CPU by process, every trial, the verdict", () => {
  expect(told["verdict"]).toEqual(
    expect.arrayContaining([expect.stringMatching(/^(An|The toll of an) L4 policy in eBPF/i)]),
  );
  const of = (key: string, list: string): Json =>
    ((first(key)[list] as readonly Json[])[0]?.["points"] as Json[])[0] ?? {};
  expect(first("percentiles")["view"]).toBe("single/ProcessPayment/service");
  expect(Object.keys(of("percentiles", "roads"))).toEqual(["level", "ns", "low_ns", "high_ns"]);
  expect(Object.keys(of("ratio_percentiles", "pairs"))).toEqual(["level", "ratio", "low", "high"]);
  expect((first("cpu_parts")["roads"] as readonly Json[])[0]).toMatchObject({
    road: "no-policy",
    ns_per_call: { envoy: 0 },
  });
  expect((first("trial_points")["points"] as readonly Json[])[0]).toMatchObject({ block: 0, suspect: false });
});

test("refusals carry the name of the status, not its number", () => {
  expect(first("refusals")["status"]).toBe("PERMISSION_DENIED");
});

test.each(oddRuns())("%s is told without a number that JSON lacks", (_, run) => {
  const seen: unknown[] = [];
  JSON.stringify(runJson(reportOf(run), "x"), (_key, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) seen.push(value);
    return value;
  });
  expect(seen).toEqual([]);
});
