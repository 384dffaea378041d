/**
 * What a run says: one comparison per chain, method, load and metric, with the controls and margins it was judged
 * against. METHOD §4. Pure data; compare-run.ts makes it, reports show it.
 */
import type { PassName } from "./trial.js";

export interface RunComparison {
  /** Chains of METHOD §4.6, then each scenario against its own baseline; by pass, method and metric. */
  readonly comparisons: readonly Comparison[];
  /** The A/A controls, one comparison per twin, method and metric; `family` is "control". */
  readonly twins: readonly Comparison[];
  readonly declared: DeclaredFamily;
  readonly refusals: readonly Refusal[];
  readonly trials: TrialTally;
  /** Sentences for the top of every report: broken twins first. */
  readonly warnings: readonly string[];
}

/** One toll: a candidate road against its baseline, for one method, load and metric. */
export interface Comparison {
  readonly candidate: string;
  readonly baseline: string;
  readonly pass: PassName;
  /** `ProcessPayment` …; `all` for CPU only. */
  readonly method: string;
  readonly load: "closed" | "open";
  readonly metric: Metric;
  /** candidate − baseline, Hodges-Lehmann over blocks, exact signed-rank interval. */
  readonly absoluteNs: Interval | null;
  /** candidate / baseline. */
  readonly ratio: Interval | null;
  /** The p of the exact signed-rank test on log ratios. */
  readonly p: number | null;
  /** The same, adjusted within its family. */
  readonly adjustedP: number | null;
  /** Declared: the chains of METHOD §4.6 on service p50 at 1 in flight (Holm). Control: A/A twins. Exploratory: all else
   *  (Benjamini-Hochberg). */
  readonly family: "declared" | "exploratory" | "control";
  /** The confidence that the interval really has: exact rank intervals come in steps. */
  readonly confidence: number;
  /** Pairs that entered. */
  readonly n: number;
  /** Pairs with a trial among them that is SUSPECT for this metric. */
  readonly suspect: number;
  readonly margin: Margin;
  readonly verdict: ComparisonVerdict;
  /** `about 6 more blocks`, why a control makes this inconclusive … */
  readonly notes: readonly string[];
  /** The two levels themselves, for the table: pseudo-medians over trials, or, where single windows are too short for
   *  the quantile, that of all calls together; null: `n/a`. */
  readonly candidateNs: number | null;
  readonly baselineNs: number | null;
  /** Calls behind each level, over all trials that entered; of CPU, completed calls. */
  readonly candidateCalls: number;
  readonly baselineCalls: number;
}

/** Which side of the proxy a road is on: A/A controls and floors speak for roads of their own kind. */
export type RoadKind = "without proxy" | "behind the proxy";

export type Metric =
  | "service_p50"
  | "service_p90"
  | "service_p99"
  | "service_p999"
  | "response_p50"
  | "response_p90"
  | "response_p99"
  | "response_p999"
  /** connect + handshake + service, where each call has a connection of its own. */
  | "call_p50"
  | "call_p90"
  | "call_p99"
  | "cpu_per_call"
  | "envoy_cpu_per_call";

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** δ of METHOD §4.4 as a fraction of the baseline, and which of the three it came from. */
export interface Margin {
  readonly fraction: number;
  readonly source: "user" | "floor" | "minimum";
}

export type ComparisonVerdict =
  "slower" | "faster" | "indistinguishable" | "inconclusive" | "invalid" | "added" | "removed";

/** How the declared family was judged. */
export interface DeclaredFamily {
  /** Comparisons in it: intervals are at 1 − α/size. */
  readonly size: number;
  readonly alpha: number;
  readonly confidence: number;
}

export interface Refusal {
  readonly road: string;
  readonly method: string;
  /** gRPC status name, or `silence`. */
  readonly status: string;
  /** Over all refused calls of the run; null where fewer than 100 lie beyond it. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  readonly count: number;
}

export interface TrialTally {
  readonly valid: number;
  readonly suspect: number;
  readonly invalid: number;
  readonly failed: number;
}

/** What roads that are the same still differ by from run to run, in one kind of cell (METHOD §4.4). */
export interface Floor {
  readonly kind: RoadKind;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
  /** Twins stay below it in 19 of 20 runs, apart from what their blocks' own noise explains. */
  readonly fraction: number;
  /** Runs behind it. */
  readonly runs: number;
}

/** What one run's A/A control found in one cell. */
export interface TwinRecord {
  readonly kind: RoadKind;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
  /** ln(twin / original), one per block. */
  readonly differences: readonly number[];
}
