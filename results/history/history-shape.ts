/**
 * What many runs say of each toll over time (METHOD §4.9). Pure data; run-history.ts makes it from index.jsonl, reports
 * show it. Nothing here gates: a change point asks for an interleaved run, no more.
 */
import type { Interval, Metric } from "../comparison-shape.js";
import type { FingerprintChange } from "../fingerprint.js";
import type { IndexedToll } from "../run-index.js";
import type { RunHeader } from "../run-shape.js";
import type { ChangePoint } from "../statistics/change-points.js";
import type { IntervalVerdict } from "../statistics/equivalence.js";
import type { RankInterval } from "../statistics/hodges-lehmann.js";
import type { PassName } from "../trial.js";

export interface RunHistory {
  /** Null without a run. */
  readonly environment: RunHeader["environment"] | null;
  /** Oldest first. */
  readonly runs: readonly HistoryRun[];
  /** Stretches of runs with the same versions, in the order of time; a version that comes back is a stretch of its own. */
  readonly periods: readonly VersionPeriod[];
  readonly cells: readonly CellHistory[];
  /** One row per period, one entry per cell. */
  readonly matrix: readonly (readonly (MatrixEntry | null)[])[];
  readonly warnings: readonly string[];
}

export interface HistoryRun {
  readonly id: string;
  readonly createdAt: string;
  readonly tags: readonly string[];
  readonly period: number;
  /** Its A/A controls came out different from themselves: small effects of it may be the instrument's. */
  readonly hasBrokenTwin: boolean;
}

export interface VersionPeriod {
  /** `Cilium 1.19.3 · Envoy 1.36.4 · kernel 6.1.0`: what of it the fingerprint names. */
  readonly label: string;
  /** Indices of its first run and of the first run after it. */
  readonly from: number;
  readonly to: number;
}

/** One toll under one load. Runs of another load are another cell. */
export interface CellHistory {
  readonly candidate: string;
  readonly baseline: string;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
  /** `1 in flight`, `poisson 1,500/s`. */
  readonly load: string;
  readonly points: readonly HistoryPoint[];
  /** Where the fingerprint changed: each starts a segment of its own. */
  readonly breaks: readonly SegmentBreak[];
  readonly trend: CellTrend;
}

export interface HistoryPoint {
  /** Index among the runs. */
  readonly run: number;
  readonly toll: IndexedToll;
}

export interface SegmentBreak {
  /** Index of the first point after it. */
  readonly at: number;
  readonly changes: readonly FingerprintChange[];
}

export type CellTrend =
  | { readonly state: "too few"; readonly n: number; readonly needed: number }
  | {
      readonly state: "analysed";
      readonly changePoints: readonly ChangePoint[];
      /** First point of every stretch of one level and one fingerprint, ascending from 0. */
      readonly levels: readonly number[];
      readonly lag1: number | null;
      /** The runs depend on each other too much for these points: an interleaved run must confirm. */
      readonly asksForConfirmation: boolean;
      readonly stable: StableRange;
    };

/** The last level: what a gate's `last-stable` means. */
export interface StableRange {
  /** Index of its first point. */
  readonly from: number;
  /** Runs in it. */
  readonly n: number;
  /** Hodges-Lehmann over its newest runs, 50 at most. */
  readonly ratio: Interval;
  readonly tollNs: Interval | null;
  readonly confidence: number;
}

/** A cell in one period against the same cell in the period before. Not interleaved. */
export interface MatrixEntry {
  /** Runs of this period. */
  readonly n: number;
  readonly ratio: Interval;
  readonly tollNs: Interval | null;
  /** Null in the first period that has the cell. */
  readonly against: { readonly period: number; readonly n: number; readonly shift: RankInterval } | null;
  readonly verdict: IntervalVerdict | "first";
  readonly note: string | null;
}
