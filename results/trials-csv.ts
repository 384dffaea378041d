/**
 * trials.csv: one row per trial and method, for spreadsheets. Times in ns; an empty field where a trial cannot say
 * (fewer than ten calls beyond the quantile, no such load, a failed trial).
 */
import type { MethodBooks } from "../loadgen/measurement.js";
import type { Metric } from "./comparison-shape.js";
import { seriesHistogram } from "./measured-series.js";
import type { Run } from "./run-shape.js";
import { ALL_METHODS } from "./trial-evidence.js";
import { metricOf, type MeasuredTrial } from "./trial-metrics.js";
import type { Trial } from "./trial.js";

type Value = string | number | null;

const LATENCIES: readonly Metric[] = [
  "response_p50",
  "response_p90",
  "response_p99",
  "response_p999",
  "service_p50",
  "service_p90",
  "service_p99",
  "service_p999",
  "call_p50",
  "call_p90",
  "call_p99",
];

const COLUMNS = [
  ...["trial", "pass", "scenario", "block", "position", "attempt", "started_at"],
  ...["state", "reasons", "path", "method", "sent", "ok", "failed"],
  ...LATENCIES.map((metric) => `${metric}_ns`),
  ...["lateness_p50_ns", "lateness_p99_ns", "cpu_per_call_ns", "envoy_cpu_per_call_ns"],
];

export function trialsCsv(run: Run): string {
  const rows = run.trials.flatMap((trial) => rowsOf(trial, run.header.idleBusyNsPerSecond));
  return [COLUMNS, ...rows].map((row) => `${row.map(field).join(",")}\n`).join("");
}

function rowsOf(trial: Trial, idleBusyNsPerSecond = 0): Value[][] {
  const { outcome } = trial;
  const place = [trial.index, trial.pass, trial.scenario, trial.block, trial.position, trial.attempt, trial.startedAt];
  if (outcome.state === "failed") {
    const empty = new Array<null>(COLUMNS.length - place.length - 2).fill(null);
    return [[...place, "FAILED", outcome.message.split("\n", 1)[0] ?? "", ...empty]];
  }
  const measured = trial as MeasuredTrial;
  const rules = [...new Set(outcome.verdict.reasons.map((reason) => reason.rule))].join(" ");
  const common = [...place, outcome.verdict.state, rules, outcome.path.proof.level];
  return outcome.measurement.methods.map((books) => [
    ...common,
    ...methodFields(measured, books),
    ...runFields(measured, idleBusyNsPerSecond),
  ]);
}

function methodFields(trial: MeasuredTrial, { method, sent, ok, failed }: MethodBooks): Value[] {
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
  return [method, sent, ok, failures, ...LATENCIES.map((metric) => rounded(metricOf(trial, method, metric)))];
}

/** What only the trial as a whole has. */
function runFields(trial: MeasuredTrial, idleBusyNsPerSecond: number): Value[] {
  const lateness = seriesHistogram(trial.outcome.measurement, ALL_METHODS, "lateness");
  return [
    rounded(lateness?.percentile(0.5) ?? null),
    rounded(lateness?.percentile(0.99) ?? null),
    rounded(metricOf(trial, ALL_METHODS, "cpu_per_call", idleBusyNsPerSecond)),
    rounded(metricOf(trial, ALL_METHODS, "envoy_cpu_per_call")),
  ];
}

function rounded(valueNs: number | null): number | null {
  return valueNs === null ? null : Math.round(valueNs);
}

/** RFC 4180 §2.6-2.7. */
function field(value: Value): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
