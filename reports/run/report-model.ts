/**
 * What a report says, as data: made once from the run and its comparison, then written out by one renderer per form
 * (terminal, HTML, Markdown, CSV, JSON). No renderer computes anything of its own.
 */
import type { Comparison, Refusal, RunComparison, TrialTally } from "../../results/comparison-shape.js";
import type { CalibrationRecord } from "../../results/calibration-record.js";
import type { FileSeal } from "../../results/run-record.js";
import type { Run, RunHeader } from "../../results/run-shape.js";
import { declaredChains, isSameChain } from "../../scenarios/chains.js";
import { basisOf, type BasisItem } from "./basis.js";
import { claimsOnTrial, type Claim } from "./claims.js";
import { cpuSets, type CpuSet } from "./cpu-parts.js";
import { machineLine } from "../machine-line.js";
import { kernelParts, roadLabel, standardHeader, type KernelPart } from "./kernel-part.js";
import { limitsOf } from "./run-limits.js";
import { curveSets, type CurveSet } from "./percentile-curves.js";
import { standInSentence, subjectsOf } from "./preview-subjects.js";
import { ratioSets, type RatioSet } from "./ratio-curves.js";
import { tollTables, type TollTable } from "./toll-tables.js";
import { pointSets, type PointSet } from "./trial-points.js";
import { verdictFooting, verdictSentences, type Sentence } from "./verdict-sentences.js";

export interface ReportModel {
  readonly header: RunHeader;
  readonly state: "complete" | "interrupted" | "failed" | "unfinished";
  readonly stateMessage: string | null;
  readonly machine: string;
  readonly verdict: readonly Sentence[];
  /** Of what the verdict speaks, in one line; null without a verdict. */
  readonly footing: string | null;
  readonly basis: readonly BasisItem[];
  readonly tables: readonly TollTable[];
  readonly chains: readonly Comparison[];
  /** Latency over percentiles, one set per load, method and latency. */
  readonly curves: readonly CurveSet[];
  /** Candidate over baseline at each percentile, one set per load, method and latency. */
  readonly ratios: readonly RatioSet[];
  /** CPU a call by process, one per load. */
  readonly cpu: readonly CpuSet[];
  /** One point per trial, one set per load, method, latency and quantile. */
  readonly points: readonly PointSet[];
  readonly refusals: readonly Refusal[];
  /** The experimental roads, each with everything that must stand beside its cost. */
  readonly kernel: readonly KernelPart[];
  readonly claims: readonly Claim[];
  readonly trials: TrialTally;
  readonly warnings: readonly string[];
  readonly limits: readonly string[];
  /** The raw files and their hashes; none where the run does not lie in a folder. */
  readonly files: readonly FileSeal[];
  readonly comparison: RunComparison;
}

/** What a run's own record does not hold. */
export interface ReportSurroundings {
  /** That the run names; null where it names none or it cannot be read. */
  readonly calibration?: CalibrationRecord | null;
  readonly files?: readonly FileSeal[];
}

export function buildReport(run: Run, comparison: RunComparison, around: ReportSurroundings = {}): ReportModel {
  const { header, end } = run;
  const tables = tollTables(standardHeader(header), comparison);
  const subjects = subjectsOf(header);
  return {
    header,
    state: end?.state ?? "unfinished",
    stateMessage: end?.message ?? null,
    machine: machineLine(header),
    verdict: verdictSentences(comparison, subjects),
    footing: footingOf(header, verdictFooting(comparison, subjects)),
    basis: basisOf(run, comparison, around.calibration ?? null),
    tables,
    chains: chainsOf(header, comparison),
    curves: curveSets(run, tables),
    ratios: ratioSets(run, tables),
    cpu: cpuSets(run, tables),
    points: pointSets(run, tables),
    refusals: comparison.refusals.map((one) => ({ ...one, road: roadLabel(header, one.road) })),
    kernel: kernelParts(run, comparison),
    claims: claimsOnTrial(run, comparison),
    trials: comparison.trials,
    warnings: [...new Set(comparison.warnings)],
    limits: limitsOf(header),
    files: around.files ?? [],
    comparison,
  };
}

/** Whose Envoy an Envoy stands for belongs to every number above it. */
function footingOf(header: RunHeader, footing: string | null): string | null {
  const parts = [footing, standInSentence(header)].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" ");
}

function chainsOf({ scenarios }: RunHeader, { comparisons }: RunComparison): Comparison[] {
  const declared = declaredChains(scenarios);
  return comparisons.filter((one) => declared.some((chain) => isSameChain(chain, one)));
}
