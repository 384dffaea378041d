/**
 * The anatomy of a call on each road, from the trials of one pass: how long each segment took, who had the call then,
 * and what looking cost.
 *
 * Means add up: every booked call has passed every place, so the means of the segments are the mean of the whole, and
 * what the caller saw beyond that is the caller's own. Medians do not add up, and are given as they are.
 */
import type { Scenario } from "../scenarios/scenario.js";
import type { AnatomyRecord, AnatomyTrial, SegmentReading, StampReading } from "./anatomy-record.js";
import { segmentsOf, type Owner, type StampWish } from "./anatomy-segments.js";
import type { Interval } from "./comparison-shape.js";
import { hodgesLehmannPaired } from "./statistics/hodges-lehmann.js";
import { quantileInterval } from "./statistics/quantile-interval.js";

export interface AnatomySegment {
  readonly name: string;
  readonly owner: Owner;
  /** Median over trials of the trials' medians; null for the caller's own part, which is known by difference only. */
  readonly median: Bounded | null;
  /** Over all booked calls; its interval is that of the trials' means. */
  readonly mean: Bounded;
}

/** A value with its 95 % interval over blocks; no interval where there are too few. */
export interface Bounded {
  readonly estimateNs: number;
  readonly lowNs: number | null;
  readonly highNs: number | null;
}

export interface RoadAnatomy {
  readonly scenario: Scenario;
  /** In the order in which a call meets them, the caller's own part last. */
  readonly segments: readonly AnatomySegment[];
  readonly wire: { readonly median: Bounded; readonly mean: Bounded };
  readonly caller: { readonly median: Bounded; readonly mean: Bounded };
  /** What looking adds to the caller's median, with stamps over without: within blocks. Null below two pairs. */
  readonly looking: Interval | null;
  readonly booked: number;
  readonly trials: number;
  /** Why each void trial is void. */
  readonly voidTrials: readonly string[];
  /** How many trials were repeats of void ones. */
  readonly repeats: number;
}

/** Roads that cannot be told: name and why. */
export type Untold = readonly [road: string, reason: string];

/** Below so many trials a median over blocks has no 95 % interval. */
export const LEAST_TRIALS = 6;

export function anatomyOf(record: AnatomyRecord): {
  readonly roads: readonly RoadAnatomy[];
  readonly untold: Untold[];
} {
  const roads: RoadAnatomy[] = [];
  const untold: Untold[] = [];
  const wish = { level: record.level, wakeUps: record.wakeUps ?? false };
  for (const scenario of record.scenarios) {
    const all = record.trials.filter((trial) => trial.scenario === scenario.name);
    const stamped = all.filter(isStamped);
    if (stamped.length >= LEAST_TRIALS) roads.push(roadAnatomy(scenario, wish, all, stamped));
    else untold.push([scenario.name, whyUntold(all, stamped.length)]);
  }
  return { roads, untold };
}

type Stamped = AnatomyTrial & { readonly stamps: StampReading };
const isGood = ({ voidBecause }: AnatomyTrial): boolean => voidBecause.length === 0;
const isStamped = (trial: AnatomyTrial): trial is Stamped => trial.stamps !== null && isGood(trial);

function whyUntold(all: readonly AnatomyTrial[], good: number): string {
  const reasons = [...new Set(all.flatMap(({ voidBecause }) => voidBecause))];
  const needed = `${good} of at least ${LEAST_TRIALS} trials came out right`;
  return reasons.length === 0 ? needed : `${needed}: ${reasons[0]}`;
}

function roadAnatomy(
  scenario: Scenario,
  wish: StampWish,
  all: readonly AnatomyTrial[],
  stamped: readonly Stamped[],
): RoadAnatomy {
  const wire = stamped.map(({ stamps }) => stamps.wire);
  const wireMean = meanOf(wire);
  const callerMean = callerMeanOf(stamped);
  const own = stamped.map(({ callerMeanNs, stamps }) => callerMeanNs - mean(stamps.wire));
  return {
    scenario,
    segments: [
      ...segmentsOf(scenario, wish).map(({ at, name, owner }) => {
        const readings = stamped.map(({ stamps }) => stamps.segments[at - 1] ?? NOTHING);
        return { name, owner, median: bounded(readings.map(({ p50Ns }) => p50Ns)), mean: meanOf(readings) };
      }),
      {
        name: wish.level === "tc" ? "caller: send, wake up, read" : "caller's own code",
        owner: "caller",
        median: null,
        mean: { ...bounded(own), estimateNs: callerMean.estimateNs - wireMean.estimateNs },
      },
    ],
    wire: { median: bounded(wire.map(({ p50Ns }) => p50Ns)), mean: wireMean },
    caller: { median: bounded(stamped.map(({ callerP50Ns }) => callerP50Ns)), mean: callerMean },
    looking: lookingCost(all),
    booked: stamped.reduce((sum, { stamps }) => sum + stamps.booked, 0),
    trials: stamped.length,
    voidTrials: all.filter((trial) => !isGood(trial)).map(({ voidBecause }) => voidBecause.join("; ")),
    repeats: all.filter(({ attempt = 0 }) => attempt > 0).length,
  };
}

const NOTHING: SegmentReading = { calls: 0, sumNs: 0, p50Ns: 0 };

const mean = ({ sumNs, calls }: SegmentReading): number => sumNs / calls;

/** Over all calls together, so that the means of segments add up to the mean of the whole. */
function meanOf(readings: readonly SegmentReading[]): Bounded {
  const sum = readings.reduce((total, { sumNs }) => total + sumNs, 0);
  const calls = readings.reduce((total, one) => total + one.calls, 0);
  return { ...bounded(readings.map(mean)), estimateNs: sum / calls };
}

function callerMeanOf(trials: readonly Stamped[]): Bounded {
  const sum = trials.reduce((total, { callerMeanNs, callerCalls }) => total + callerMeanNs * callerCalls, 0);
  const calls = trials.reduce((total, { callerCalls }) => total + callerCalls, 0);
  return { ...bounded(trials.map(({ callerMeanNs }) => callerMeanNs)), estimateNs: sum / calls };
}

function bounded(values: readonly number[]): Bounded {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const estimateNs = ((sorted[Math.floor(middle - 0.5)] ?? NaN) + (sorted[Math.ceil(middle - 0.5)] ?? NaN)) / 2;
  const interval = quantileInterval(values, 0.5);
  if (interval.kind === "not enough") return { estimateNs, lowNs: null, highNs: null };
  return { estimateNs, lowNs: interval.low, highNs: interval.high };
}

function lookingCost(all: readonly AnatomyTrial[]): Interval | null {
  const good = all.filter(isGood);
  const differences = good.flatMap((off) => {
    const on = good.find(({ block, stamps }) => block === off.block && stamps !== null);
    return off.stamps === null && on !== undefined ? [on.callerP50Ns - off.callerP50Ns] : [];
  });
  if (differences.length < 2) return null;
  const { estimate, low, high } = hodgesLehmannPaired(differences);
  return { estimate, low, high };
}
