/**
 * Lines of an index that nobody measured, with levels that are known: for tests of what judges histories, and for trying
 * them at any size. Seeded: the same options give the same lines.
 */
import { deriveSeed, randomStream } from "../../loadgen/random.js";
import { comparedCells } from "../comparison-cells.js";
import type { Interval } from "../comparison-shape.js";
import type { Cell } from "../paired-trials.js";
import { newRunId } from "../run-id.js";
import type { IndexedToll, IndexEntry } from "../run-index.js";
import type { Fingerprint, PassDesign, Placement, Run, RunHeader } from "../run-shape.js";
import { syntheticRun } from "../synthetic-run.js";

export interface SyntheticHistoryOptions {
  readonly runs: number;
  readonly seed?: number;
  /** Standard deviation of ln ratio between runs. */
  readonly sd?: number;
  /** Share of the last run's deviation that the next one keeps. */
  readonly dependence?: number;
  /** Factor on the ratio of every toll of a candidate, run by run. */
  readonly factor?: (run: number, candidate: string) => number;
  readonly fingerprint?: (run: number) => Fingerprint;
  readonly environment?: (run: number) => RunHeader["environment"];
  readonly passes?: (run: number, passes: readonly PassDesign[]) => readonly PassDesign[];
  readonly placement?: (run: number, placement: Placement) => Placement;
  /** Cells that are kept; default: every one that a run compares. */
  readonly cells?: (cell: Cell) => boolean;
}

const DAY_MS = 24 * 3600 * 1000;
const BASELINE_NS = 79_000;
const RATIOS: Readonly<Record<string, number>> = {
  l4: 1.05,
  "l4-proxy": 1.47,
  "l7-visibility": 2.9,
  l7: 3.6,
  tls: 1.27,
  "l7-tls": 4.5,
};

/** One run a day, oldest first, as readIndex gives them. */
export function syntheticHistory(options: SyntheticHistoryOptions): IndexEntry[] {
  const { header } = syntheticRun({ blocks: 1, callsPerTrial: 1, environment: "lab", passes: ["single", "mix"] });
  const cells = comparedCells(header).filter(options.cells ?? ((): boolean => true));
  const noises = cells.map((cell) => noiseOf(options, cell));
  return Array.from({ length: options.runs }, (_, run) =>
    entryOf(
      options,
      header,
      run,
      cells.map((cell, i) => tollOf(options, cell, run, noises[i]?.[run] ?? 0)),
    ),
  );
}

/** Deviations of ln ratio, run by run: independent, or each with a share of the one before. */
function noiseOf({ runs, seed = 1, sd = 0.01, dependence = 0 }: SyntheticHistoryOptions, cell: Cell): number[] {
  const random = randomStream(deriveSeed(seed, ...Object.values<string>({ ...cell })));
  let last = 0;
  return Array.from({ length: runs }, () => {
    last = dependence * last + Math.log(random.lognormal(1, sd)) * Math.sqrt(1 - dependence ** 2);
    return last;
  });
}

function tollOf({ factor }: SyntheticHistoryOptions, cell: Cell, run: number, noise: number): IndexedToll {
  const [candidate, baseline] = [RATIOS[cell.candidate] ?? 1, RATIOS[cell.baseline] ?? 1];
  const theta = Math.log(((factor?.(run, cell.candidate) ?? 1) * candidate) / baseline) + noise;
  const around = (estimate: number, half: number): Interval => ({
    estimate,
    low: estimate - half,
    high: estimate + half,
  });
  const baselineNs = BASELINE_NS * baseline;
  const tollNs = Math.round(baselineNs * Math.expm1(theta));
  return {
    ...{
      candidate: cell.candidate,
      baseline: cell.baseline,
      pass: cell.pass,
      method: cell.method,
      metric: cell.metric,
    },
    theta: around(Number(theta.toFixed(6)), 0.02),
    absoluteNs: around(tollNs, Math.round(baselineNs * 0.02)),
    confidence: 0.9902,
    n: 10,
    suspect: 0,
    candidateNs: Math.round(baselineNs) + tollNs,
    baselineNs: Math.round(baselineNs),
  };
}

function entryOf(
  options: SyntheticHistoryOptions,
  header: Run["header"],
  run: number,
  tolls: IndexedToll[],
): IndexEntry {
  const begun = new Date(Date.parse("2025-06-01T06:00:00.000Z") + run * DAY_MS);
  const environment = options.environment?.(run) ?? "lab";
  return {
    schema: 1,
    id: newRunId(begun, environment, (run % 65_536).toString(16).padStart(4, "0")),
    createdAt: begun.toISOString(),
    state: "complete",
    tollgate: header.tollgate,
    environment,
    tags: [],
    fingerprint: options.fingerprint?.(run) ?? header.fingerprint,
    placement: options.placement?.(run, header.placement) ?? header.placement,
    passes: options.passes?.(run, header.design.passes) ?? header.design.passes,
    trials: { valid: 180, suspect: 0, invalid: 0, failed: 0 },
    tolls,
    twins: [],
  };
}
