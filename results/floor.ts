/**
 * The A/A floor: what two roads that are the same still differ by from run to run, beyond what the blocks within each run
 * explain (METHOD §4.4). A run's own interval knows the noise between its blocks; it cannot know what a whole run does to a
 * road, such as where its processes and connections came to lie. The no-policy twin speaks for roads without a proxy, the
 * l7 twin for the others.
 */
import { isDeepStrictEqual } from "node:util";
import type { Floor, TwinRecord } from "./comparison-shape.js";
import { readIndex } from "./run-index.js";
import type { Run } from "./run-shape.js";
import { normalQuantile } from "./statistics/distributions.js";
import { hodgesLehmannPaired } from "./statistics/hodges-lehmann.js";

/** Older runs tell of a machine as it was then. */
const RUNS_POOLED = 10;
/** Fewer say nothing about what varies between runs. */
const LEAST_RUNS = 3;
/** Below it a run has no interval, hence nothing to weigh it by (S §A6). */
const LEAST_BLOCKS = 6;
/** Roads that are the same stay below the floor in so many runs. */
const CONFIDENCE = 0.95;

/**
 * The floors that earlier runs of the same set-up, in the same environment, give to this one. None: there were fewer than three.
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
  const cells = new Map<string, TwinRecord[]>();
  for (const twin of earlier.flat()) {
    if (twin.differences.length < LEAST_BLOCKS) continue;
    const key = [twin.kind, twin.pass, twin.method, twin.metric].join("/");
    cells.set(key, [...(cells.get(key) ?? []), twin]);
  }
  return [...cells.values()].flatMap((twins) => {
    const newest = twins.slice(0, RUNS_POOLED);
    if (newest.length < LEAST_RUNS) return [];
    const { kind, pass, method, metric } = newest[0]!;
    const spread = spreadBeyondBlocks(newest.map(({ differences }) => differences));
    const fraction = Math.expm1(normalQuantile((1 + CONFIDENCE) / 2) * spread);
    return [{ kind, pass, method, metric, fraction, runs: newest.length }];
  });
}

/**
 * The standard deviation of the true difference of a twin from run to run, as a logarithm. The moment estimator of random
 * effects (DerSimonian and Laird 1986, Controlled Clinical Trials 7:177) with the mean known to be 0, since twins are the
 * same: with weights w = 1/v of the runs' own variances, E[Σ w θ²] = k + τ² Σ w.
 */
function spreadBeyondBlocks(runs: readonly (readonly number[])[]): number {
  let excess = 0;
  let weights = 0;
  for (const differences of runs) {
    const { estimate, low, high, confidenceReached } = hodgesLehmannPaired(differences);
    const standardError = (high - low) / 2 / normalQuantile((1 + confidenceReached) / 2);
    // Blocks that agree to the last digit would weigh infinitely much.
    const weight = 1 / Math.max(standardError, LEAST_STANDARD_ERROR) ** 2;
    excess += weight * estimate ** 2 - 1;
    weights += weight;
  }
  return Math.sqrt(Math.max(0, excess / weights));
}

/** Histograms keep three digits: no median is known better than that. */
const LEAST_STANDARD_ERROR = 0.0005;
