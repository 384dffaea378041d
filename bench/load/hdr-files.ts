/**
 * The histograms of one window for other tools: `--hlog` (HdrHistogram interval log 1.3, all of them, tagged) and
 * `--hgrm` (HdrHistogram percentile text, the headline only).
 */
import type { EncodedHistogram, Measurement } from "../../loadgen/measurement.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { writeHlog, type HlogLine } from "../../results/hlog.js";
import { decodedHistogram } from "../../results/measured-series.js";
import { histogramTag, type HistogramName } from "../../results/stored-trial.js";
import { rankOf, type SparseHistogram } from "../../results/sparse-histogram.js";
import { callName } from "./load-call.js";
import { latenciesOf, targetName } from "./load-report.js";

/** One line per method and quantity, tagged `ProcessPayment/response`; values are ns, the window's length the interval. */
export function hlogText(order: LoadOrder, measurement: Measurement, openedAtMs: number): string {
  const { connections, series, durationNs } = measurement;
  const lineOf = (name: HistogramName, encoded: EncodedHistogram): HlogLine => ({
    tag: histogramTag(name),
    atNs: 0,
    lengthNs: durationNs,
    maxNs: decodedHistogram(encoded).maxNs ?? 0,
    v2: encoded.v2,
  });
  const { connect, handshake } = connections;
  return writeHlog({
    startedAtMs: openedAtMs,
    comments: [`tollgate load ${targetName(order)} ${callName(order.plan.mix[0]!)}`, "values in nanoseconds"],
    lines: [
      ...series.filter(({ histogram }) => histogram.count > 0).map((one) => lineOf(one, one.histogram)),
      ...(connect.count === 0 ? [] : [lineOf({ method: "all", quantity: "connect" }, connect)]),
      ...(handshake === null ? [] : [lineOf({ method: "all", quantity: "handshake" }, handshake)]),
    ],
  });
}

/** Response of an open loop, service of a closed one, in milliseconds. */
export function hgrmText(order: LoadOrder, measurement: Measurement): string {
  const { response, service } = latenciesOf(order, measurement);
  const quantity = response === null ? "service" : "response";
  return [
    `#[${quantity} of ${callName(order.plan.mix[0]!)} at ${targetName(order)}, values in milliseconds]`,
    ...percentileLines(response ?? service),
    "",
  ].join("\n");
}

const MS = 1e6;
/** Rows per halving of what remains, as HdrHistogram writes by default. */
const TICKS_PER_HALVING = 5;

/**
 * `AbstractHistogram.outputPercentileDistribution`: a row where each step of the percentile begins, the steps halving
 * as 100 % comes nearer; the last row has no fourth column.
 */
function percentileLines(histogram: SparseHistogram): string[] {
  const total = histogram.count;
  const head = [
    `${"Value".padStart(12)} ${"Percentile".padStart(14)} ${"TotalCount".padStart(10)} ${"1/(1-Percentile)".padStart(14)}`,
    "",
  ];
  const rows = percentileSteps(total).map((percentile) => {
    const valueNs = histogram.percentile(percentile)!;
    const upTo = Math.max(rankOf(percentile, total), histogram.countUpTo(valueNs));
    const row = `${cell(valueNs)} ${percentile.toFixed(12)} ${String(upTo).padStart(10)}`;
    return percentile === 1 ? row : `${row} ${(1 / (1 - percentile)).toFixed(2).padStart(14)}`;
  });
  const { meanNs, maxNs } = histogram;
  return [
    ...head,
    ...rows,
    `#[Mean    = ${cell(meanNs ?? 0)}, StdDeviation   = ${cell(deviationNs(histogram))}]`,
    `#[Max     = ${cell(maxNs ?? 0)}, Total count    = ${String(total).padStart(12)}]`,
  ];
}

/** Ascending, from 0 to 1; stops halving where less than one value would lie between two steps. */
function percentileSteps(total: number): number[] {
  if (total === 0) return [];
  const steps: number[] = [];
  for (let percent = 0; 100 - percent > 100 / total;) {
    steps.push(percent / 100);
    percent += 100 / (TICKS_PER_HALVING * 2 ** (Math.floor(Math.log2(100 / (100 - percent))) + 1));
  }
  return [...steps, 1];
}

function deviationNs(histogram: SparseHistogram): number {
  const mean = histogram.meanNs ?? 0;
  const squares = histogram
    .buckets()
    .reduce((sum, { fromNs, toNs, count }) => sum + count * ((fromNs + toNs - 1) / 2 - mean) ** 2, 0);
  return histogram.count === 0 ? 0 : Math.sqrt(squares / histogram.count);
}

function cell(valueNs: number): string {
  return (valueNs / MS).toFixed(6).padStart(12);
}
