/**
 * Little's law on one point: calls in flight = rate × time (Little 1961). The generator counts what is in flight at the
 * end of each interval; rate and time come from the books and histograms. Counts, clocks and books that disagree with
 * each other show here, whatever they say by themselves.
 *
 * In flight means sent and not answered, so the time is service; what a call waited for before it was sent is outside of
 * both sides.
 */
import type { Measurement } from "../../loadgen/measurement.js";
import { seriesHistogram } from "../measured-series.js";
import { countText } from "../verdict-words.js";

export interface LittleCheck {
  /** Mean of the samples. */
  readonly counted: number;
  /** Rate × mean service. */
  readonly computed: number;
  readonly samples: number;
  readonly agrees: boolean;
}

/** Samples below which their mean says nothing. */
const LEAST_SAMPLES = 8;
/** Samples of a queue depend on each other, so their spread understates the error of their mean: four times it. */
const STANDARD_ERRORS = 4;
/** A sample is taken by the loop that also reads answers, so that it is never quite at a random instant. */
const TOLERATED_CALLS = 1;
const TOLERATED_SHARE = 0.25;

/** Null where the window has too few intervals, or nothing was answered. */
export function littleCheck(measurement: Measurement): LittleCheck | null {
  const samples = measurement.intervals.map((line) => line.inFlight);
  const meanNs = meanServiceNs(measurement);
  if (samples.length < LEAST_SAMPLES || meanNs === null) return null;
  const counted = mean(samples);
  const computed = (measurement.books.sent / measurement.durationNs) * meanNs;
  const spread = Math.sqrt(mean(samples.map((value) => (value - counted) ** 2)) / samples.length);
  const tolerated = Math.max(TOLERATED_CALLS, TOLERATED_SHARE * computed, STANDARD_ERRORS * spread);
  return { counted, computed, samples: samples.length, agrees: Math.abs(counted - computed) <= tolerated };
}

/** `in flight: 12 counted, 11.6 by Little's law`. */
export function littleText({ counted, computed }: LittleCheck): string {
  return `in flight: ${figure(counted)} counted, ${figure(computed)} by Little's law`;
}

const figure = (value: number): string => (value >= 100 ? countText(Math.round(value)) : value.toPrecision(2));

/** Over all methods, calls that ended OK. */
function meanServiceNs(measurement: Measurement): number | null {
  let calls = 0;
  let sumNs = 0;
  for (const { method } of measurement.methods) {
    const service = seriesHistogram(measurement, method, "service");
    calls += service?.count ?? 0;
    sumNs += (service?.meanNs ?? 0) * (service?.count ?? 0);
  }
  return calls === 0 ? null : sumNs / calls;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
