/**
 * Refused calls: how fast a refusal comes, and with which status. A series of its own, never mixed with allowed calls
 * (METHOD §2.7).
 */
import { GRPC_STATUS_NAMES } from "../loadgen/grpc/status.js";
import type { Refusal } from "./comparison-shape.js";
import { seriesHistogram } from "./measured-series.js";
import { standingTrials } from "./paired-trials.js";
import type { Run } from "./run-shape.js";
import { countBeyond, SparseHistogram } from "./sparse-histogram.js";
import { THRESHOLDS } from "./verdict-thresholds.js";

/** By road in the order of the design, then method and status; roads that answer with silence last. */
export function refusalsOf(run: Run): Refusal[] {
  const pass = run.header.design.passes.find(({ name }) => name === "refused");
  const methods = [...new Set(pass?.plan.mix.map((share) => share.method))];
  const counted = (pass?.scenarios ?? []).flatMap((road) =>
    methods.flatMap((method) => GRPC_STATUS_NAMES.flatMap((status) => refusal(run, road, method, status) ?? [])),
  );
  return [...counted, ...silences(run)];
}

function refusal(run: Run, road: string, method: string, status: (typeof GRPC_STATUS_NAMES)[number]): Refusal | null {
  const histograms = standingTrials(run, "refused", road)
    .map(({ outcome }) => seriesHistogram(outcome.measurement, method, `failure:${status}`))
    .filter((histogram) => histogram !== null);
  if (histograms.length === 0) return null;
  const all = SparseHistogram.merge(histograms);
  const shown = (q: number): number | null =>
    countBeyond(q, all.count) >= THRESHOLDS.beyondInAll ? all.percentile(q) : null;
  return { road, method, status, p50Ns: shown(0.5), p99Ns: shown(0.99), count: all.count };
}

/** A dropped call has no answer whose time could be told. */
function silences(run: Run): Refusal[] {
  return run.probes
    .filter((probe) => probe.seen === "silence" && probe.restart === undefined)
    .map(({ scenario, method }) => ({
      road: scenario,
      method,
      status: "silence",
      p50Ns: null,
      p99Ns: null,
      count: 1,
    }));
}
