/**
 * Every histogram of the trials as one HdrHistogram interval log (results/hlog.ts has the format and its traps): a line
 * per trial, method and quantity, tagged `l7/single/ProcessPayment/service`. HistogramLogProcessor -tag picks one.
 */
import type { EncodedHistogram } from "../../loadgen/measurement.js";
import { writeHlog, type HlogLine } from "../../results/hlog.js";
import { decodedHistogram } from "../../results/measured-series.js";
import type { RunHeader } from "../../results/run-shape.js";
import { histogramTag, storeTrial } from "../../results/stored-trial.js";
import type { MeasuredTrial } from "../../results/trial-metrics.js";

/** @param methods those to keep; `all` (connect, lateness) goes with any; empty: every method */
export function renderHlog(header: RunHeader, trials: readonly MeasuredTrial[], methods: readonly string[]): string {
  const begins = trials.map(({ startedAt }) => Date.parse(startedAt));
  const startedAtMs = Math.min(...begins);
  const lines = trials.flatMap((trial) => linesOf(trial, startedAtMs, methods));
  return writeHlog({
    startedAtMs,
    comments: [
      `tollgate run ${header.id}: ${trials.length} trials; values in nanoseconds`,
      "Tag = road/pass/method/quantity",
    ],
    // Readers take the log for a recording in time, and stop at the end of an asked range.
    lines: lines.sort((a, b) => a.atNs - b.atNs),
  });
}

function linesOf(trial: MeasuredTrial, startedAtMs: number, methods: readonly string[]): HlogLine[] {
  const { scenario, pass, plan, outcome } = trial;
  const atNs = (Date.parse(trial.startedAt) - startedAtMs) * 1e6 + plan.warmupNs;
  return storeTrial(trial)
    .histograms.filter(({ method, encoded }) => encoded.count > 0 && isWanted(method, methods))
    .map(({ encoded, ...name }) => ({
      tag: `${scenario}/${pass}/${histogramTag(name)}`.replace(/[,\s]+/g, "-"),
      atNs,
      lengthNs: outcome.measurement.durationNs,
      maxNs: largestNs(encoded),
      v2: encoded.v2,
    }));
}

const isWanted = (method: string, methods: readonly string[]): boolean =>
  methods.length === 0 || method === "all" || methods.includes(method);

const largestNs = (encoded: EncodedHistogram): number => encoded.exact?.maxNs ?? decodedHistogram(encoded).maxNs ?? 0;
