/**
 * The histograms of a measurement by method and quantity, each decoded once and kept as long as its measurement is.
 */
import type { EncodedHistogram, Measurement, Quantity } from "../loadgen/measurement.js";
import { SparseHistogram } from "./sparse-histogram.js";

const decoded = new WeakMap<EncodedHistogram, SparseHistogram>();

/** @throws Fault when it does not hold a V2 histogram. */
export function decodedHistogram(encoded: EncodedHistogram): SparseHistogram {
  let histogram = decoded.get(encoded);
  if (histogram === undefined) {
    histogram = SparseHistogram.decode(encoded);
    decoded.set(encoded, histogram);
  }
  return histogram;
}

/** Null where that method has no such series, or an empty one. */
export function seriesHistogram(measurement: Measurement, method: string, quantity: Quantity): SparseHistogram | null {
  const series = measurement.series.find((one) => one.method === method && one.quantity === quantity);
  return series === undefined || series.histogram.count === 0 ? null : decodedHistogram(series.histogram);
}
