/**
 * The histograms of one window for other tools: `--hlog` (HdrHistogram interval log 1.3, all of them, tagged) and
 * `--hgrm` (HdrHistogram percentile text, the headline only).
 */
import type { EncodedHistogram, Measurement } from "../../loadgen/measurement.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { hgrmText } from "../../reports/exports/hgrm.js";
import { writeHlog, type HlogLine } from "../../results/hlog.js";
import { decodedHistogram } from "../../results/measured-series.js";
import { histogramTag, type HistogramName } from "../../results/stored-trial.js";
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

/** Response of an open loop, service of a closed one. */
export function headlineHgrm(order: LoadOrder, measurement: Measurement): string {
  const { response, service } = latenciesOf(order, measurement);
  const quantity = response === null ? "service" : "response";
  return hgrmText(`${quantity} of ${callName(order.plan.mix[0]!)} at ${targetName(order)}`, response ?? service);
}
