/**
 * The lean transport against grpc-js on one road: what each says of the same calls, and how far they lie apart. Data
 * only; where the windows come from is somebody else's affair.
 */
import type { Measurement } from "../../loadgen/measurement.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { countBeyond, type SparseHistogram } from "../../results/sparse-histogram.js";
import type { TrialVerdict } from "../../results/trial.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import { cpuPerCallNs, latenciesOf } from "../load/load-report.js";
import { pairedDifference, type PairedDifference } from "./paired-difference.js";
import type { PairedWindows } from "./paired-windows.js";

/** One window over one transport. */
export interface CheckedWindow {
  readonly order: LoadOrder;
  readonly measurement: Measurement;
  readonly verdict: TrialVerdict;
}

export type CheckedMetric = "service_p50" | "service_p99" | "response_p50" | "response_p99" | "client_cpu_per_call";

export interface CrossCheckRow {
  readonly metric: CheckedMetric;
  /** grpc-js − lean; null where a window has too few calls, or too few pairs were had. */
  readonly difference: PairedDifference | null;
}

export interface CrossCheck {
  readonly rows: readonly CrossCheckRow[];
  readonly pairs: number;
  readonly dropped: number;
  /** Why windows were void or doubtful, each reason's rule with how often it came up, over both transports. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** @param windows lean first, grpc-js second */
export function crossCheck(windows: PairedWindows<CheckedWindow>): CrossCheck {
  const metrics: CheckedMetric[] = [
    "service_p50",
    "service_p99",
    "response_p50",
    "response_p99",
    "client_cpu_per_call",
  ];
  const rows = metrics
    .filter((metric) => !metric.startsWith("response") || windows.pairs.some(([lean]) => isOpen(lean)))
    .map((metric) => ({ metric, difference: differenceOf(metric, windows) }));
  return { rows, pairs: windows.pairs.length, dropped: windows.dropped, reasons: reasonsOf(windows) };
}

function differenceOf(metric: CheckedMetric, { pairs }: PairedWindows<CheckedWindow>): PairedDifference | null {
  const values = pairs.map((pair) => pair.map((window) => valueOf(metric, window)));
  const [firsts, seconds] = [0, 1].map((side) => values.flatMap((pair) => pair[side] ?? []));
  const complete = firsts!.length === pairs.length && seconds!.length === pairs.length;
  return complete ? pairedDifference(firsts!, seconds!) : null;
}

/** Null where fewer than ten calls lie beyond a quantile. */
export function valueOf(metric: CheckedMetric, { order, measurement }: CheckedWindow): number | null {
  const { response, service } = latenciesOf(order, measurement);
  switch (metric) {
    case "service_p50":
      return quantile(service, 0.5);
    case "service_p99":
      return quantile(service, 0.99);
    case "response_p50":
      return response === null ? null : quantile(response, 0.5);
    case "response_p99":
      return response === null ? null : quantile(response, 0.99);
    case "client_cpu_per_call":
      return cpuPerCallNs(measurement);
  }
}

function quantile(histogram: SparseHistogram, q: number): number | null {
  return countBeyond(q, histogram.count) < THRESHOLDS.beyondInTrial ? null : histogram.percentile(q);
}

function isOpen({ order }: CheckedWindow): boolean {
  return order.plan.loop.kind === "open";
}

function reasonsOf({ pairs }: PairedWindows<CheckedWindow>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verdict } of pairs.flat()) {
    for (const rule of new Set(verdict.reasons.map((reason) => reason.rule))) counts[rule] = (counts[rule] ?? 0) + 1;
  }
  return counts;
}
