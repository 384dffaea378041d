/**
 * Did the instrument tell known things for what they are? Pure: readings in, checks out. What is broken makes the
 * calibration INVALID; what is doubtful, SUSPECT.
 */
import { count, duration, significant } from "../../reports/quantities.js";
import type {
  CalibrationCheck,
  CalibrationRecord,
  DelayLine,
  FloorLine,
  ReferenceReading,
  StallQuantiles,
  StallReading,
  TwinReading,
} from "../../results/calibration-record.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";

export type Readings = Pick<CalibrationRecord, "floor" | "delays" | "stall" | "reference" | "twin">;

export function judgeCalibration(readings: Readings): Pick<CalibrationRecord, "checks" | "state"> {
  const checks = [
    floorCheck(readings.floor),
    gapCheck(readings.floor),
    ...readings.delays.map(delayCheck),
    ...stallChecks(readings.stall),
    referenceCheck(readings.reference),
    twinCheck(readings.twin),
  ];
  const has = (state: CalibrationCheck["state"]): boolean => checks.some((check) => check.state === state);
  return { checks, state: has("broken") ? "INVALID" : has("doubtful") ? "SUSPECT" : "VALID" };
}

/**
 * How far a reported delay may lie from the true one: two microsecond-sized wake-ups more or less on a virtual machine,
 * or 2 % of the delay, whichever is more.
 */
export function delayTolerance(delayNs: number): number {
  return Math.max(50_000, 0.02 * delayNs);
}

/** Ten intervals of the schedule, and what it takes to work off the calls that waited. */
export const STALL_TOLERANCE_NS = 50e6;

/**
 * What responses must look like when a constant rate meets one standstill: the share stall/window of the calls finds a
 * server that stands still for another u, u evenly spread between 0 and the stall.
 */
export function expectedInStall(stallNs: number, windowNs: number): StallQuantiles {
  const hit = stallNs / windowNs;
  const at = (q: number): number => (1 - q < hit ? Math.round(stallNs * (1 - (1 - q) / hit)) : 0);
  return { p50Ns: at(0.5), p90Ns: at(0.9), p99Ns: at(0.99), maxNs: stallNs };
}

/** The bare call must be measurable; that the highest rates are not is a limit of the machine, and is told as such. */
function floorCheck(floor: readonly FloorLine[]): CalibrationCheck {
  const believed = floor.filter((line) => line.state !== "INVALID");
  const closed = floor.filter((line) => line.rate === null);
  const highest = Math.max(0, ...believed.map((line) => line.rate ?? 0));
  const state = closed.some((line) => line.state === "INVALID") || highest === 0 ? "broken" : "kept";
  const seen = highest === 0 ? "none of the open loops is" : `open loops are believed up to ${count(highest)}/s`;
  return { name: "floor", state, expected: "windows against a server that answers at once are believed", seen };
}

function gapCheck(floor: readonly FloorLine[]): CalibrationCheck {
  const distances = floor.flatMap((line) => (line.state === "INVALID" ? [] : (line.gapDistance ?? [])));
  const worst = Math.max(0, ...distances);
  return {
    name: "send gaps",
    state: distances.length === 0 || worst > THRESHOLDS.gapDistance ? "doubtful" : "kept",
    expected: `a Kolmogorov distance of at most ${THRESHOLDS.gapDistance} from the asked gaps`,
    seen: distances.length === 0 ? "too few gaps" : `${worst.toFixed(3)} at worst`,
  };
}

function delayCheck({ delayNs, reportedResponseNs, reportedServiceNs, toleranceNs }: DelayLine): CalibrationCheck {
  const reported = [reportedResponseNs, reportedServiceNs];
  const kept = reported.every((value) => value !== null && Math.abs(value - delayNs) <= toleranceNs);
  const words = reported.map((value) => (value === null ? "n/a" : duration(value)));
  return {
    name: `delay of ${duration(delayNs)}`,
    state: kept ? "kept" : "broken",
    expected: `${duration(delayNs)} ± ${duration(toleranceNs)} at p50`,
    seen: `${words[0]} in response, ${words[1]} in service`,
  };
}

function stallChecks(stall: StallReading): CalibrationCheck[] {
  const { response, expected, toleranceNs, stallNs } = stall;
  const near = (key: keyof StallQuantiles): boolean =>
    response[key] !== null && expected[key] !== null && Math.abs(response[key] - expected[key]) <= toleranceNs;
  const words = (from: StallQuantiles): string =>
    [
      ["p50", from.p50Ns] as const,
      ["p90", from.p90Ns] as const,
      ["p99", from.p99Ns] as const,
      ["max", from.maxNs] as const,
    ]
      .map(([name, value]) => `${name} ${value === null ? "n/a" : duration(value)}`)
      .join(", ");
  const quick = stall.serviceP99Ns !== null && stall.serviceP99Ns <= toleranceNs;
  return [
    {
      name: `stall of ${duration(stallNs)} in response`,
      state: (["p50Ns", "p90Ns", "p99Ns", "maxNs"] as const).every(near) ? "kept" : "broken",
      expected: `${words(expected)}, each ± ${duration(toleranceNs)}`,
      seen: words(response),
    },
    {
      name: `stall of ${duration(stallNs)} in service`,
      state: stall.slowServices === 1 && quick ? "kept" : "broken",
      expected: `1 slow call, and p99 at most ${duration(toleranceNs)}`,
      seen: `${count(stall.slowServices)} slow, p99 ${stall.serviceP99Ns === null ? "n/a" : duration(stall.serviceP99Ns)}`,
    },
  ];
}

/** Both transports drive the same server: the reference may cost more, never less. */
function referenceCheck({ serviceP50 }: ReferenceReading): CalibrationCheck {
  const expected = "grpc-js reports no less than lean";
  if (serviceP50 === null) return { name: "reference", state: "doubtful", expected, seen: "too few pairs" };
  const { absoluteNs } = serviceP50;
  return {
    name: "reference",
    state: absoluteNs.high >= 0 ? "kept" : "doubtful",
    expected,
    seen: `${duration(absoluteNs.estimate)} more [${duration(absoluteNs.low)}, ${duration(absoluteNs.high)}] at p50`,
  };
}

/** Of twenty true twins one is told apart: doubtful, not broken. */
function twinCheck({ serviceP50 }: TwinReading): CalibrationCheck {
  const expected = "lean does not differ from itself";
  if (serviceP50 === null) return { name: "A/A", state: "doubtful", expected, seen: "too few pairs" };
  const { low, high, estimate } = serviceP50.ratio;
  const percent = (ratio: number): string => `${significant((ratio - 1) * 100)} %`;
  return {
    name: "A/A",
    state: low <= 1 && high >= 1 ? "kept" : "doubtful",
    expected,
    seen: `${percent(estimate)} [${percent(low)}, ${percent(high)}] at p50`,
  };
}
