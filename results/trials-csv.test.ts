import { expect, test } from "vitest";
import { syntheticRun } from "./synthetic-run.js";
import { metricOf, type MeasuredTrial } from "./trial-metrics.js";
import { trialsCsv } from "./trials-csv.js";

const run = syntheticRun({ blocks: 1, scenarios: ["l7"], passes: ["mix"], callsPerTrial: 1_000 });

function table(text: string): Record<string, string>[] {
  const [head = "", ...rows] = text.trimEnd().split("\n");
  const names = head.split(",");
  return rows.map((row) => {
    const fields = row.split(",");
    expect(fields).toHaveLength(names.length);
    return Object.fromEntries(names.map((name, i) => [name, fields[i] ?? ""]));
  });
}

test("there is a row per trial and method, with what the trial says", () => {
  const rows = table(trialsCsv(run));
  expect(rows.map((row) => row["method"])).toEqual(["ProcessPayment", "GetPaymentStatus", "GenerateFinancialReport"]);
  const trial = run.trials[0] as MeasuredTrial;
  expect(rows[0]).toMatchObject({
    trial: "0",
    pass: "mix",
    scenario: "l7",
    state: "VALID",
    path: "exact",
    sent: "600",
    ok: "600",
    failed: "0",
    response_p50_ns: String(metricOf(trial, "ProcessPayment", "response_p50")),
    response_p999_ns: "",
    call_p50_ns: "",
  });
  expect(Number(rows[2]!["cpu_per_call_ns"])).toBe(Math.round(metricOf(trial, "all", "cpu_per_call", 8e6)!));
});

test("a failed trial has a row too, and its words cannot break the table", () => {
  const outcome = { state: "failed" as const, stage: "load" as const, message: 'Envoy said "no", twice\nand died' };
  const text = trialsCsv({ ...run, trials: [{ ...run.trials[0]!, outcome }] });
  expect(text.trimEnd().split("\n")[1]).toMatch(/,FAILED,"Envoy said ""no"", twice",,+$/);
  expect(text.trimEnd().split("\n")).toHaveLength(2);
});
