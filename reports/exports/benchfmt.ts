/**
 * The Go benchmark format (golang/perf, benchfmt): a line per trial and method, for benchstat. `benchstat -col /road F`
 * sets roads beside each other, `benchstat -filter /pass:single before.txt after.txt` two runs.
 *
 * Easy to get wrong: blanks end a name, and `-8` at its end reads as GOMAXPROCS, so the status stands last; a key
 * must begin in lower case; `x-ns/op` is shown in seconds. And benchstat's test is unpaired and knows no blocks: it is
 * weaker than the run's own comparison, which the file says.
 */
import type { RunHeader } from "../../results/run-shape.js";
import { countBeyond } from "../../results/sparse-histogram.js";
import { ALL_METHODS } from "../../results/trial-evidence.js";
import { completedCalls, metricOf, type MeasuredTrial } from "../../results/trial-metrics.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import { latencySeries, type ExportedSeries } from "./exported-trials.js";

const QUANTILES = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 } as const;
const QUANTITIES = ["service", "response", "call"] as const;
const CPU_UNITS = { cpu_per_call: "cpu-ns/op", envoy_cpu_per_call: "envoy-cpu-ns/op" } as const;

export function renderBenchfmt(
  header: RunHeader,
  trials: readonly MeasuredTrial[],
  methods: readonly string[],
): string {
  const units = [
    ...QUANTITIES.flatMap((quantity) => Object.keys(QUANTILES).map((quantile) => unitOf(quantity, quantile))),
    ...Object.values(CPU_UNITS),
  ];
  return [
    ...headerLines(header),
    ...units.map((unit) => `Unit ${unit} better=lower`),
    "",
    ...trials.flatMap((trial) => [...latencyLines(trial, methods), ...cpuLine(header, trial)]),
    "",
  ].join("\n");
}

function headerLines({ id, environment, tollgate, createdAt, fingerprint }: RunHeader): string[] {
  const facts = {
    run: id,
    "created-at": createdAt,
    environment,
    tollgate,
    cpu: fingerprint["cpu.model"] ?? fingerprint["machine.cpu"] ?? "unknown",
    note: "one line a trial; benchstat's test is unpaired, weaker than tollgate's own by block",
  };
  return Object.entries(facts).map(([key, value]) => `${key}: ${value.replace(/\s+/g, " ")}`);
}

/** One line per method and way to end: quantities that a trial has in common stand on it. */
function latencyLines(trial: MeasuredTrial, methods: readonly string[]): string[] {
  const groups = new Map<string, ExportedSeries[]>();
  for (const one of latencySeries([trial], methods)) {
    const name = benchmarkName(trial, one.method, one.status);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].flatMap(([name, series]) =>
    line(name, series[0]?.histogram.count ?? 0, series.flatMap(quantiles)),
  );
}

function quantiles({ quantity, histogram }: ExportedSeries): string[] {
  return Object.entries(QUANTILES)
    .filter(([, q]) => countBeyond(q, histogram.count) >= THRESHOLDS.beyondInTrial)
    .map(([name, q]) => `${Math.round(histogram.percentile(q) ?? 0)} ${unitOf(quantity, name)}`);
}

function cpuLine({ idleBusyNsPerSecond }: RunHeader, trial: MeasuredTrial): string[] {
  const values = (["cpu_per_call", "envoy_cpu_per_call"] as const).flatMap((metric) => {
    const value = metricOf(trial, ALL_METHODS, metric, idleBusyNsPerSecond);
    // No call costs less than nothing: the idle node was read while other work ran (results/idle-floor.ts).
    return value === null || value < 0 ? [] : [`${Math.round(value)} ${CPU_UNITS[metric]}`];
  });
  return line(benchmarkName(trial, ALL_METHODS, "OK"), completedCalls(trial.outcome.measurement), values);
}

function line(name: string, calls: number, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${name} ${calls} ${values.join(" ")}`];
}

const unitOf = (quantity: string, quantile: string): string => `${quantity}-${quantile}-ns/op`;

/** `BenchmarkCall/road=l7/pass=mix/method=ProcessPayment/status=OK`: no word of it can be taken for GOMAXPROCS. */
function benchmarkName({ scenario, pass }: MeasuredTrial, method: string, status: string): string {
  const parts = { road: scenario, pass, method, status };
  return `BenchmarkCall${Object.entries(parts)
    .map(([key, value]) => `/${key}=${value.replace(/[\s/]+/g, "_")}`)
    .join("")}`;
}
