/**
 * How long a calibration takes: what is measured is the same, quick or not; windows are shorter and pairs fewer.
 */
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { ms, seconds, type CallsPerSecond, perSecond } from "../../loadgen/units.js";

type Lengths = Pick<LoadPlan, "warmupNs" | "windowNs">;

export interface CalibrationExtent {
  /** Of the open loops against a server that answers at once. */
  readonly rates: readonly CallsPerSecond[];
  readonly floor: Lengths;
  /** Two roads' worth of a run's pass in which roads take turns: what a twin shows here is what a run can see. */
  readonly twin: Lengths;
  readonly twinPairs: number;
  readonly reference: Lengths;
  readonly referencePairs: number;
  /** Of a window, of which there are two in a pair: the floor's and the delay's. */
  readonly delay: Lengths;
  readonly delayPairs: number;
  readonly stall: Lengths;
}

/** Under two minutes. */
export const FULL: CalibrationExtent = {
  rates: [200, 1000, 5000, 20_000].map(perSecond),
  floor: { warmupNs: ms(500), windowNs: seconds(2) },
  twin: { warmupNs: ms(100), windowNs: ms(440) },
  twinPairs: 10,
  reference: { warmupNs: ms(400), windowNs: seconds(1) },
  referencePairs: 8,
  delay: { warmupNs: ms(100), windowNs: ms(400) },
  delayPairs: 6,
  stall: { warmupNs: ms(500), windowNs: seconds(4) },
};

/** About half of that. */
export const QUICK: CalibrationExtent = {
  rates: [1000, 5000].map(perSecond),
  floor: { warmupNs: ms(300), windowNs: seconds(1) },
  twin: { warmupNs: ms(100), windowNs: ms(440) },
  twinPairs: 8,
  reference: { warmupNs: ms(300), windowNs: ms(500) },
  referencePairs: 6,
  delay: { warmupNs: ms(100), windowNs: ms(250) },
  delayPairs: 4,
  stall: { warmupNs: ms(300), windowNs: seconds(3) },
};
