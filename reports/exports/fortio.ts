/**
 * Fortio's result file, one per trial and method: `fortio report -data-dir FOLDER` draws and overlays them (fortio
 * stats/stats.go HistogramData, periodic/periodic.go RunnerResults, fgrpc/grpcrunner.go GRPCRunnerResults).
 *
 * Easy to get wrong: latencies are seconds but ActualDuration is ns; RequestedQPS is text, `max` for a closed loop; the
 * UI takes `OK` or `SERVING` for success; Percent is cumulative; the first bucket begins at Min, the last ends at Max.
 */
import type { Measurement } from "../../loadgen/measurement.js";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import type { RunHeader } from "../../results/run-shape.js";
import { countBeyond, type SparseHistogram } from "../../results/sparse-histogram.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import { fileName, type ExportedFile } from "./exported-file.js";
import type { ExportedSeries } from "./exported-trials.js";

const PERCENTILES = [50, 75, 90, 99, 99.9] as const;
const SECONDS = 1e9;

/** @param series the one a reader looks at first, of each method: headlineSeries */
export function renderFortioFiles(header: RunHeader, series: readonly ExportedSeries[]): ExportedFile[] {
  return series.map((one) => ({
    name: fileName(
      [header.id, `t${String(one.trial.index).padStart(4, "0")}`, one.trial.scenario, one.method, one.status],
      "json",
    ),
    text: `${JSON.stringify(fortioResult(header, one), null, 2)}\n`,
  }));
}

function fortioResult(header: RunHeader, { trial, method, quantity, status, histogram }: ExportedSeries): unknown {
  const { plan, scenario, pass, block, outcome } = trial;
  const { measurement } = outcome;
  const seconds = measurement.durationNs / SECONDS;
  const ended = status === "OK" ? "" : ` until ${status}`;
  const data = histogramData(histogram);
  return {
    RunType: `tollgate ${pass}`,
    Labels: `${scenario} ${method} ${quantity}${ended}, block ${block + 1}, trial ${trial.index}, run ${header.id}`,
    StartTime: trial.startedAt,
    RequestedQPS: requestedQps(plan),
    RequestedDuration: `${plan.windowNs / SECONDS}s`,
    ActualQPS: histogram.count / seconds,
    ActualDuration: Math.round(measurement.durationNs),
    NumThreads: plan.loop.kind === "closed" ? plan.loop.inFlight : plan.connections,
    Version: `tollgate ${header.tollgate}`,
    DurationHistogram: data,
    ErrorsDurationHistogram: status === "OK" ? histogramData(null) : data,
    RetCodes: retCodes(measurement, method),
    Destination: `${scenario} (${header.environment})`,
    Streams: plan.streams,
    Ping: false,
  };
}

/** Fortio prints what was asked, and `max` where nothing was. */
function requestedQps({ loop }: LoadPlan): string {
  if (loop.kind === "closed") return "max";
  const { arrivals } = loop;
  if (arrivals.kind === "constant" || arrivals.kind === "poisson") return String(arrivals.rate);
  return arrivals.kind === "replay" ? "replay" : `${arrivals.from} to ${arrivals.to}`;
}

function retCodes(measurement: Measurement, method: string): Record<string, number> {
  const books = measurement.methods.find((one) => one.method === method);
  const { ok, failed } = books ?? measurement.books;
  return { ...(ok > 0 ? { OK: ok } : {}), ...failed };
}

function histogramData(histogram: SparseHistogram | null): unknown {
  if (histogram === null || histogram.count === 0) {
    return { Count: 0, Min: 0, Max: 0, Sum: 0, Avg: 0, StdDev: 0, Data: null, Percentiles: null };
  }
  const { count, minNs, maxNs, meanNs, deviationNs } = histogram;
  return {
    Count: count,
    Min: (minNs ?? 0) / SECONDS,
    Max: (maxNs ?? 0) / SECONDS,
    Sum: ((meanNs ?? 0) * count) / SECONDS,
    Avg: (meanNs ?? 0) / SECONDS,
    StdDev: (deviationNs ?? 0) / SECONDS,
    Data: intervals(histogram),
    Percentiles: PERCENTILES.filter((p) => countBeyond(p / 100, count) >= THRESHOLDS.beyondInTrial).map((p) => ({
      Percentile: p,
      Value: (histogram.percentile(p / 100) ?? 0) / SECONDS,
    })),
  };
}

interface FortioInterval {
  readonly Start: number;
  readonly End: number;
  /** Of all calls, those up to End. */
  readonly Percent: number;
  readonly Count: number;
}

/** Twenty to a decade, empty ones left out: what a bar chart can show. */
const PER_DECADE = 20;

function intervals(histogram: SparseHistogram): FortioInterval[] {
  const { count, minNs, maxNs } = histogram;
  const coarse = new Map<number, number>();
  for (const bucket of histogram.buckets()) {
    const step = Math.floor(Math.log10(Math.max(1, bucket.fromNs)) * PER_DECADE);
    coarse.set(step, (coarse.get(step) ?? 0) + bucket.count);
  }
  const steps = [...coarse].sort(([a], [b]) => a - b);
  let upTo = 0;
  return steps.map(([step, calls], i) => {
    upTo += calls;
    return {
      Start: (i === 0 ? (minNs ?? 0) : edge(step)) / SECONDS,
      End: (i === steps.length - 1 ? (maxNs ?? 0) : edge(step + 1)) / SECONDS,
      Percent: (100 * upTo) / count,
      Count: calls,
    };
  });
}

const edge = (step: number): number => 10 ** (step / PER_DECADE);
