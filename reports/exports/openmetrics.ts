/**
 * A run as OpenMetrics, for Prometheus and Grafana: the latency of every trial as a histogram of fixed buckets and as
 * exact quantiles, CPU a call, verdicts, and the tolls with their intervals.
 *
 * Every sample carries the time at which its trial ended, so that `promtool tsdb create-blocks-from openmetrics` puts a
 * run where it belongs in time. Not for scraping: a scrape wants samples of now.
 */
import type { Comparison, Interval } from "../../results/comparison-shape.js";
import type { RunHeader } from "../../results/run-shape.js";
import { countBeyond } from "../../results/sparse-histogram.js";
import { ALL_METHODS } from "../../results/trial-evidence.js";
import { metricOf, type MeasuredTrial } from "../../results/trial-metrics.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import { latencySeries, type ExportedSeries } from "./exported-trials.js";
import { canonicalNumber, openMetricsText, type Labels, type MetricFamily, type Sample } from "./metric-text.js";

const SECONDS = 1e9;

/** @param cells the comparisons whose tolls go along */
export function renderOpenMetrics(
  header: RunHeader,
  trials: readonly MeasuredTrial[],
  methods: readonly string[],
  cells: readonly Comparison[],
): string {
  const series = latencySeries(trials, methods);
  const endedAt = Math.max(...trials.map(endOf));
  return openMetricsText([
    runInfo(header, endedAt),
    {
      ...{ name: "tollgate_call_latency_seconds", type: "histogram", unit: "seconds" },
      help: "Latency of the calls of one trial; quantity says response, service or call.",
      samples: series.flatMap((one) => bucketSamples(header, one)),
    },
    {
      ...{ name: "tollgate_trial_latency_seconds", type: "summary", unit: "seconds" },
      help: "Quantiles of one trial, from its HDR histogram; absent with fewer than 10 calls beyond.",
      samples: series.flatMap((one) => quantileSamples(header, one)),
    },
    {
      ...{ name: "tollgate_cpu_per_call_seconds", type: "gauge", unit: "seconds" },
      help: "CPU a completed call of one trial: of all processes but the caller, and of Envoy.",
      samples: trials.flatMap((trial) => cpuSamples(header, trial)),
    },
    {
      ...{ name: "tollgate_trial_verdict", type: "stateset", unit: null },
      help: "Whether the trial may be believed.",
      samples: trials.flatMap((trial) => verdictSamples(header, trial)),
    },
    ...tollFamilies(header, cells, endedAt),
  ]);
}

function runInfo(header: RunHeader, at: number): MetricFamily {
  const { id, environment, tollgate, fingerprint } = header;
  const facts = Object.entries(fingerprint).map(([key, value]) => [`fact_${key.replace(/\W/g, "_")}`, value]);
  const labels: Labels = { run: id, environment, tollgate, ...(Object.fromEntries(facts) as Labels) };
  return {
    ...{ name: "tollgate_run", type: "info", unit: null },
    help: "The run and the machine it was measured on.",
    samples: [{ suffix: "_info", labels, value: 1, at }],
  };
}

/** Preferred numbers, five to a decade, 10 µs to 63 s: HDR's own thousands of buckets are no use to Prometheus. */
const BUCKETS_NS: readonly number[] = Array.from({ length: 7 }, (_, i) => 10 ** (4 + i)).flatMap((decade) =>
  [1, 1.6, 2.5, 4, 6.3].map((step) => Math.round(step * decade)),
);

function bucketSamples(header: RunHeader, one: ExportedSeries): Sample[] {
  const { trial, histogram } = one;
  const [labels, at] = [seriesLabels(header, one), endOf(trial)];
  const upTo = [
    ...BUCKETS_NS.map((ns) => [ns / SECONDS, histogram.countUpTo(ns)] as const),
    [Infinity, histogram.count],
  ];
  return [
    ...upTo.map(([le = 0, value = 0]) => ({
      suffix: "_bucket",
      labels: { ...labels, le: canonicalNumber(le) },
      value,
      at,
    })),
    { suffix: "_count", labels, value: histogram.count, at },
    { suffix: "_sum", labels, value: ((histogram.meanNs ?? 0) * histogram.count) / SECONDS, at },
  ];
}

const QUANTILES = [0.5, 0.9, 0.99, 0.999] as const;

function quantileSamples(header: RunHeader, one: ExportedSeries): Sample[] {
  const { trial, histogram } = one;
  const labels = seriesLabels(header, one);
  return QUANTILES.filter((q) => countBeyond(q, histogram.count) >= THRESHOLDS.beyondInTrial).map((q) => ({
    suffix: "",
    labels: { ...labels, quantile: canonicalNumber(q) },
    value: (histogram.percentile(q) ?? 0) / SECONDS,
    at: endOf(trial),
  }));
}

function cpuSamples(header: RunHeader, trial: MeasuredTrial): Sample[] {
  const sample = (process: string, valueNs: number | null): Sample[] =>
    // No call costs less than nothing: the idle node was read while other work ran (results/idle-floor.ts).
    valueNs === null || valueNs < 0
      ? []
      : [
          {
            suffix: "",
            labels: { ...trialLabels(header, trial), process },
            value: valueNs / SECONDS,
            at: endOf(trial),
          },
        ];
  return [
    ...sample("all but the caller", metricOf(trial, ALL_METHODS, "cpu_per_call", header.idleBusyNsPerSecond)),
    ...sample("envoy", metricOf(trial, ALL_METHODS, "envoy_cpu_per_call")),
  ];
}

function verdictSamples(header: RunHeader, trial: MeasuredTrial): Sample[] {
  return (["VALID", "SUSPECT", "INVALID"] as const).map((state) => ({
    suffix: "",
    labels: { ...trialLabels(header, trial), tollgate_trial_verdict: state },
    value: trial.outcome.verdict.state === state ? 1 : 0,
    at: endOf(trial),
  }));
}

function tollFamilies(header: RunHeader, cells: readonly Comparison[], at: number): MetricFamily[] {
  const samples = (interval: (cell: Comparison) => Interval | null, unitNs: number): Sample[] =>
    cells.flatMap((cell) => {
      const figures = interval(cell);
      if (figures === null) return [];
      return (["estimate", "low", "high"] as const).map((bound) => ({
        suffix: "",
        labels: { ...cellLabels(header, cell), bound },
        value: figures[bound] / unitNs,
        at,
      }));
    });
  return [
    {
      ...{ name: "tollgate_toll_seconds", type: "gauge", unit: "seconds" },
      help: "What the candidate road adds to its baseline, Hodges-Lehmann over blocks with the exact interval.",
      samples: samples(({ absoluteNs }) => absoluteNs, SECONDS),
    },
    {
      ...{ name: "tollgate_toll_ratio", type: "gauge", unit: "ratio" },
      help: "Candidate over baseline.",
      samples: samples(({ ratio }) => ratio, 1),
    },
    {
      ...{ name: "tollgate_toll_verdict", type: "info", unit: null },
      help: "The word on each toll, and the blocks behind it.",
      samples: cells.map((cell) => ({
        suffix: "_info",
        labels: { ...cellLabels(header, cell), verdict: cell.verdict, blocks: String(cell.n) },
        value: 1,
        at,
      })),
    },
  ];
}

function trialLabels({ id }: RunHeader, { scenario, pass, block, index }: MeasuredTrial): Labels {
  return { run: id, road: scenario, pass, block: String(block + 1), trial: String(index) };
}

function seriesLabels(header: RunHeader, { trial, method, quantity, status }: ExportedSeries): Labels {
  return { ...trialLabels(header, trial), method, quantity, status };
}

function cellLabels({ id }: RunHeader, { candidate, baseline, pass, method, metric }: Comparison): Labels {
  return { run: id, road: candidate, baseline, pass, method, metric };
}

/** Seconds since the epoch at which the trial's window closed. */
function endOf({ startedAt, plan, outcome }: MeasuredTrial): number {
  return Date.parse(startedAt) / 1e3 + (plan.warmupNs + outcome.measurement.durationNs) / SECONDS;
}
