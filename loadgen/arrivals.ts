/**
 * When calls are due: a function that names one due time after another, in ns from the beginning of the warm-up. The
 * schedule knows no answers, so that a stalled server delays nothing on it (METHOD §2.1).
 *
 * The warm-up carries the load with which the window begins: constant and Poisson arrivals simply run through, ramp and
 * step warm up at their first rate (a ramp from 0 warms nothing up), a replay warms up with its own beginning.
 */
import type { Arrivals } from "./load-plan.js";
import { deriveSeed, randomStream } from "./random.js";
import type { CallsPerSecond } from "./units.js";

export interface Phases {
  readonly warmupNs: number;
  readonly windowNs: number;
}

/** The next due time, ascending; Infinity when there is none any more. */
export type DueTimes = () => number;

export function dueTimes(arrivals: Arrivals, phases: Phases, seed: number): DueTimes {
  switch (arrivals.kind) {
    case "constant":
      return evenly(arrivals.rate, 0);
    case "poisson":
      return poisson(arrivals.rate, seed);
    case "ramp":
      return chain(
        until(phases.warmupNs, evenly(arrivals.from, 0)),
        ramp(arrivals.from, arrivals.to, phases.warmupNs, phases.windowNs),
      );
    case "step":
      return chain(until(phases.warmupNs, evenly(arrivals.from, 0)), ...steps(arrivals, phases));
    case "replay":
      return chain(until(phases.warmupNs, listed(arrivals.offsetsNs, 0)), listed(arrivals.offsetsNs, phases.warmupNs));
  }
}

/** Each due time is computed from its number, so that no error adds up. */
function evenly(rate: CallsPerSecond, from: number): DueTimes {
  if (rate === 0) return never;
  let n = 0;
  return () => from + (n++ * 1e9) / rate;
}

function poisson(rate: CallsPerSecond, seed: number): DueTimes {
  const random = randomStream(deriveSeed(seed, "arrivals"));
  const meanGap = 1e9 / rate;
  let due = 0;
  return () => (due += random.exponential(meanGap));
}

/**
 * The rate grows (or falls) linearly over the window. Call k is due when the integral of the rate reaches k:
 * from·t + (to−from)·t²/2T = k, solved for t in the form that loses no digits where the slope is small.
 */
function ramp(from: CallsPerSecond, to: CallsPerSecond, startNs: number, lengthNs: number): DueTimes {
  const slope = (to - from) / (lengthNs / 1e9);
  let k = 0;
  return () => {
    const calls = k++;
    if (calls === 0) return startNs;
    const discriminant = from * from + 2 * slope * calls;
    // A falling ramp never reaches this many calls.
    if (discriminant < 0) return Infinity;
    return startNs + ((2 * calls) / (from + Math.sqrt(discriminant))) * 1e9;
  };
}

function steps(arrivals: Extract<Arrivals, { kind: "step" }>, phases: Phases): DueTimes[] {
  const { from, to, steps: count } = arrivals;
  const length = phases.windowNs / count;
  return Array.from({ length: count }, (_, step) => {
    const rate = count === 1 ? from : from + ((to - from) * step) / (count - 1);
    const start = phases.warmupNs + step * length;
    return until(start + length, evenly(rate as CallsPerSecond, start));
  });
}

function listed(offsetsNs: readonly number[], from: number): DueTimes {
  let n = 0;
  return () => from + (offsetsNs[n++] ?? Infinity);
}

function until(endNs: number, times: DueTimes): DueTimes {
  return () => {
    const due = times();
    return due < endNs ? due : Infinity;
  };
}

/** One after the other: a part is over when it names Infinity. */
function chain(...parts: readonly DueTimes[]): DueTimes {
  let current = 0;
  return () => {
    for (; current < parts.length; current++) {
      const due = (parts[current] as DueTimes)();
      if (due !== Infinity) return due;
    }
    return Infinity;
  };
}

const never: DueTimes = () => Infinity;
