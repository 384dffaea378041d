/**
 * The A/A floor: the smallest difference that earlier runs of this very set-up could not help seeing between two roads
 * that are the same (METHOD §4.4). The no-policy twin speaks for roads without a proxy, the l7 twin for the others.
 */
import { isDeepStrictEqual } from "node:util";
import type { Floor, TwinRecord } from "./comparison-shape.js";
import { readIndex } from "./run-index.js";
import type { Run } from "./run-shape.js";
import { hodgesLehmannPaired } from "./statistics/hodges-lehmann.js";

/** Older runs tell of a machine as it was then. */
const RUNS_POOLED = 5;
/** Below it there is no interval, hence no floor (S §A6). */
const LEAST_BLOCKS = 6;
/** Exact intervals end here; the newest blocks count. */
const MOST_BLOCKS = 50;

/**
 * The floors that earlier runs of the same set-up, in the same environment, give to this one. None: this is the first.
 * @param dir the results folder
 */
export async function readEarlierFloors(dir: string, { header }: Pick<Run, "header">): Promise<Floor[]> {
  const { entries } = await readIndex(dir);
  const earlier = entries.filter(
    (entry) =>
      entry.createdAt < header.createdAt &&
      entry.environment === header.environment &&
      isDeepStrictEqual(entry.fingerprint, header.fingerprint) &&
      isDeepStrictEqual(entry.placement, header.placement),
  );
  return floorsOf(earlier.reverse().map((entry) => entry.twins));
}

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
