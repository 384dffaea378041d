/**
 * The numbers of one trial that comparisons are made of: quantiles with enough calls beyond them, CPU per call.
 */
import type { Measurement, Quantity } from "../loadgen/measurement.js";
import type { Metric } from "./comparison-shape.js";
import type { CpuWindow, NodeCpu, ProcessCpu } from "./cpu-window.js";
import { seriesHistogram } from "./measured-series.js";
import { countBeyond } from "./sparse-histogram.js";
import { ALL_METHODS, headlineMethod } from "./trial-evidence.js";
import type { Trial } from "./trial.js";
import { THRESHOLDS } from "./verdict-thresholds.js";

export type MeasuredOutcome = Extract<Trial["outcome"], { readonly state: "measured" }>;
export type MeasuredTrial = Trial & { readonly outcome: MeasuredOutcome };

export type LatencyMetric = Exclude<Metric, "cpu_per_call" | "envoy_cpu_per_call">;

interface QuantileOf {
  readonly quantity: "service" | "response" | "call";
  readonly q: number;
}

const QUANTILES: Readonly<Record<LatencyMetric, QuantileOf>> = {
  service_p50: { quantity: "service", q: 0.5 },
  service_p90: { quantity: "service", q: 0.9 },
  service_p99: { quantity: "service", q: 0.99 },
  service_p999: { quantity: "service", q: 0.999 },
  response_p50: { quantity: "response", q: 0.5 },
  response_p90: { quantity: "response", q: 0.9 },
  response_p99: { quantity: "response", q: 0.99 },
  response_p999: { quantity: "response", q: 0.999 },
  call_p50: { quantity: "call", q: 0.5 },
  call_p90: { quantity: "call", q: 0.9 },
  call_p99: { quantity: "call", q: 0.99 },
};

/** Which quantile of which histogram a metric is; null for CPU. */
export function quantileOfMetric(metric: Metric): QuantileOf | null {
  return metric === "cpu_per_call" || metric === "envoy_cpu_per_call" ? null : QUANTILES[metric];
}

/** A trial that was measured and is not void: what enters comparisons. */
export function isUsable(trial: Trial): trial is MeasuredTrial {
  return trial.outcome.state === "measured" && trial.outcome.verdict.state !== "INVALID";
}

/** Whether a doubt on the trial concerns this metric: some concern one quantile of one method's response only. */
export function isSuspectFor(trial: MeasuredTrial, method: string, metric: Metric): boolean {
  const asked = quantileOfMetric(metric);
  return trial.outcome.verdict.reasons.some((reason) => {
    if (reason.quantile === undefined) return true;
    return asked?.quantity === "response" && asked.q === reason.quantile && (reason.method ?? method) === method;
  });
}

/**
 * The value of a metric in one trial, ns. Null where it cannot be said: no such calls, or fewer than ten of them beyond
 * the quantile (METHOD §4.2).
 * @param idleBusyNsPerSecond busy time of the idle node, which is no cost of any call
 */
export function metricOf(trial: MeasuredTrial, method: string, metric: Metric, idleBusyNsPerSecond = 0): number | null {
  const { measurement, cpu } = trial.outcome;
  const asked = quantileOfMetric(metric);
  if (asked !== null) return quantileWithin(measurement, method, asked.quantity, asked.q);
  if (cpu === null || method !== ALL_METHODS) return null;
  const perCall =
    metric === "envoy_cpu_per_call"
      ? envoyCpuPerCall(measurement, cpu)
      : cpuPerCall(measurement, cpu, idleBusyNsPerSecond);
  return perCall;
}

/** Null with fewer than ten calls beyond it. */
function quantileWithin(measurement: Measurement, method: string, quantity: Quantity, q: number): number | null {
  const histogram = seriesHistogram(measurement, method, quantity);
  if (histogram === null || countBeyond(q, histogram.count) < THRESHOLDS.beyondInTrial) return null;
  return histogram.percentile(q);
}

/**
 * CPU of the road per completed call: the node's busy time above its idle floor, without the generator, which may spin
 * (METHOD §2.9). Null without a completed call, and where a record edited by hand gives no finite number.
 */
export function cpuPerCall(measurement: Measurement, cpu: CpuWindow, idleBusyNsPerSecond: number): number | null {
  const busy = nodeBusyNs(cpu.node) - (idleBusyNsPerSecond * cpu.durationNs) / 1e9;
  return perCompleted(measurement, busy - cpuOf(cpu, "generator"));
}

/** Everything that is neither idle nor stolen. */
export function nodeBusyNs({ userNs, systemNs, softirqNs, irqNs }: NodeCpu): number {
  return userNs + systemNs + softirqNs + irqNs;
}

/** CPU of all Envoy processes per completed call; null where none ran. */
export function envoyCpuPerCall(measurement: Measurement, cpu: CpuWindow): number | null {
  if (!cpu.processes.some((process) => process.role === "envoy")) return null;
  return perCompleted(measurement, cpuOf(cpu, "envoy"));
}

export function cpuOf(cpu: CpuWindow, role: ProcessCpu["role"]): number {
  return cpu.processes.filter((process) => process.role === role).reduce((sum, process) => sum + process.cpuNs, 0);
}

/** Calls of the window that came to an end, whichever. */
export function completedCalls(measurement: Measurement): number {
  const failed = Object.values(measurement.books.failed).reduce((sum, count) => sum + count, 0);
  return measurement.books.ok + failed;
}

function perCompleted(measurement: Measurement, cpuNs: number): number | null {
  const completed = completedCalls(measurement);
  return completed === 0 || !Number.isFinite(cpuNs) ? null : cpuNs / completed;
}

/**
 * The quantile a progress line shows: of the headline method's response where there is an intended time, else of its
 * service, else of its failures. Null when nothing was measured.
 */
export function quantileNs(trial: Trial, q: number): number | null {
  const method = headlineMethod(trial.plan);
  if (trial.outcome.state !== "measured" || method === null) return null;
  const { measurement } = trial.outcome;
  const shown: Quantity[] = ["call", "response", "service", "failure:PERMISSION_DENIED"];
  const histogram = shown
    .map((quantity) => seriesHistogram(measurement, method, quantity))
    .find((candidate) => candidate !== null);
  return histogram?.percentile(q) ?? null;
}
