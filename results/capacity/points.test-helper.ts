/** Points and roads for tests of what is made from them: a road with a known knee, and nothing measured. */
import type { CapacityPoint, MeasuredPoint } from "./point.js";
import type { Limit } from "./point-limit.js";

/** A road that answers like a queue with one server of `capacity` calls a second: p99 is its service time × 4.6 ÷ (1 − ρ). */
export interface KnownRoad {
  readonly capacity: number;
  readonly fixedNsPerSecond: number;
  readonly perCallNs: number;
  readonly limit: Limit;
}

export const KNOWN_ROAD: KnownRoad = {
  capacity: 5_000,
  fixedNsPerSecond: 20e6,
  perCallNs: 160_000,
  limit: "proxy-limited",
};

/** What the known road shows at that rate under an SLO of 10 ms; pass `change` for what a test is about. */
export function pointAt(
  rate: number,
  road: KnownRoad = KNOWN_ROAD,
  change: Partial<CapacityPoint> = {},
): CapacityPoint {
  const measured = measuredAt(rate, road);
  const isMet = (measured.response.sloNs ?? Infinity) <= 10e6;
  return {
    trial: 0,
    road: "l7",
    rate,
    outcome: isMet ? "met" : "missed",
    limit: isMet ? null : road.limit,
    isCertain: !isMet,
    because: isMet ? [] : ["response p99 was too long"],
    verdict: "VALID",
    measured,
    ...change,
  };
}

function measuredAt(rate: number, { capacity, fixedNsPerSecond, perCallNs }: KnownRoad): MeasuredPoint {
  const busy = Math.min(0.9999, rate / capacity);
  const meanNs = 1e9 / capacity / (1 - busy);
  const roadNsPerSecond = fixedNsPerSecond + rate * perCallNs;
  return {
    completedPerSecond: rate,
    sentShare: 1,
    failureShare: 0,
    response: {
      calls: Math.round(rate * 0.42),
      meanNs,
      p50Ns: meanNs * 0.69,
      p99Ns: meanNs * 4.6,
      sloNs: meanNs * 4.6,
      slow: 0,
    },
    cpu: {
      roadNsPerSecond,
      envoyNsPerSecond: rate * perCallNs * 0.75,
      serverNsPerSecond: rate * perCallNs * 0.15,
      roadCores: 1,
      roadShare: Math.min(0.94, roadNsPerSecond / 1e9),
      envoyThreadShare: null,
      serverThreadShare: null,
      unknownShare: 0.02,
    },
    little: null,
  };
}
