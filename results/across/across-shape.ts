/**
 * What two runs say beside each other: tolls against tolls (METHOD §4.8). Pure data; compare-runs.ts makes it, reports
 * and gates read it.
 */
import type { Comparison, ComparisonVerdict, DeclaredFamily, Margin, Metric } from "../comparison-shape.js";
import type { FingerprintChange, FingerprintGroup } from "../fingerprint.js";
import type { RunHeader } from "../run-shape.js";
import type { PassName } from "../trial.js";
import type { CellSample } from "./cell-sample.js";
import type { Shift } from "./shift.js";

export interface RunsComparison {
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  /** In the order of chains; cells of one run only and cells that are not compared stand among them. */
  readonly cells: readonly AcrossCell[];
  readonly declared: DeclaredFamily;
  readonly setUp: SetUpDifference;
  /** Sentences for the top of the report: what forbids, or weakens, what stands below. */
  readonly warnings: readonly string[];
}

export interface ComparedRun {
  readonly header: RunHeader;
  readonly state: "complete" | "interrupted" | "failed" | "unfinished";
  readonly usableTrials: number;
  readonly trials: number;
  /** Its A/A controls that came out different from themselves. */
  readonly brokenTwins: readonly Comparison[];
}

export type AcrossVerdict = ComparisonVerdict | "not compared";

/** One toll in both runs. `slower`: the road costs more of its baseline than it did. */
export interface AcrossCell {
  readonly candidate: string;
  readonly baseline: string;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
  readonly load: Comparison["load"];
  /** Null where that run has no such cell, or the cell is not compared. */
  readonly before: CellSample | null;
  readonly after: CellSample | null;
  /** Null where there is nothing to compare. */
  readonly shift: Shift | null;
  readonly family: "declared" | "exploratory";
  /** The exact Mann-Whitney p, adjusted within its family. */
  readonly adjustedP: number | null;
  readonly margin: Margin;
  readonly verdict: AcrossVerdict;
  /** `about 12 blocks in each run`, why it is not compared … */
  readonly notes: readonly string[];
}

/** Everything in which the two set-ups differ, and what may be concluded from that. */
export interface SetUpDifference {
  readonly groups: readonly { readonly group: FingerprintGroup; readonly changes: readonly FingerprintChange[] }[];
  /** One sentence: which single thing differs, that nothing does, or that no cause can be named. */
  readonly cause: string;
}
