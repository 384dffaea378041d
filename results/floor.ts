/**
 * The A/A floor: the smallest difference that earlier runs of this very set-up could not help seeing between two roads
 * that are the same (METHOD §4.4). The no-policy twin speaks for roads without a proxy, the l7 twin for the others.
 */
import type { Metric, RoadKind } from "./comparison-shape.js";
import type { PassName } from "./trial.js";
import { hodgesLehmannPaired } from "./statistics/hodges-lehmann.js";

/** What one run's A/A control found in one cell. */
export interface TwinRecord {
  readonly kind: RoadKind;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
  /** ln(twin / original), one per block. */
  readonly differences: readonly number[];
}

export interface Floor {
  readonly kind: RoadKind;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
  /** The larger end of the pooled interval, as a fraction. */
  readonly fraction: number;
  /** Blocks behind it. */
  readonly n: number;
}

/** Older runs tell of a machine as it was then. */
const RUNS_POOLED = 5;
/** Below it there is no interval, hence no floor (S §A6). */
const LEAST_BLOCKS = 6;
/** Exact intervals end here; the newest blocks count. */
const MOST_BLOCKS = 50;

/**
 * The floor of each cell that has one.
 * @param earlier twins of earlier runs with the same fingerprint, newest run first
 */
export function floorsOf(earlier: readonly (readonly TwinRecord[])[]): Floor[] {
  const pooled = new Map<string, TwinRecord>();
  for (const twin of earlier.slice(0, RUNS_POOLED).flat()) {
    const key = [twin.kind, twin.pass, twin.method, twin.metric].join("/");
    const before = pooled.get(key)?.differences ?? [];
    pooled.set(key, { ...twin, differences: [...before, ...twin.differences] });
  }
  return [...pooled.values()].flatMap(({ differences, ...cell }) => {
    const newest = differences.slice(0, MOST_BLOCKS);
    if (newest.length < LEAST_BLOCKS) return [];
    const { low, high } = hodgesLehmannPaired(newest);
    return [{ ...cell, fraction: Math.expm1(Math.max(Math.abs(low), Math.abs(high))), n: newest.length }];
  });
}
