/**
 * One toll: a candidate road against its baseline, for one method, load and metric. METHOD §4.
 */
export interface Comparison {
  readonly candidate: string;
  readonly baseline: string;
  /** `ProcessPayment` …; `all` for CPU only. */
  readonly method: string;
  readonly load: "closed" | "open";
  readonly metric: Metric;
  /** candidate − baseline, Hodges-Lehmann over blocks, exact signed-rank interval. */
  readonly absoluteNs: Interval | null;
  /** candidate / baseline. */
  readonly ratio: Interval | null;
  /** The p of the exact signed-rank test on log ratios, adjusted within its family. */
  readonly p: number | null;
  readonly adjustedP: number | null;
  /** Declared: the chains of METHOD §4.6 on service p50 at 1 in flight (Holm). Exploratory: all else (BH). */
  readonly family: "declared" | "exploratory" | "control";
  /** The confidence that the interval really has: exact rank intervals come in steps. */
  readonly confidence: number;
  /** Pairs that entered. */
  readonly n: number;
  /** Pairs with a SUSPECT trial among them. */
  readonly suspect: number;
  /** Margin δ as a fraction, and where it came from. */
  readonly margin: { readonly fraction: number; readonly source: "user" | "floor" | "minimum" };
  readonly verdict: ComparisonVerdict;
  /** `about 6 more blocks`, why a control makes this inconclusive … */
  readonly notes: readonly string[];
  /** The two levels themselves, Hodges-Lehmann style medians over trials, for the table. */
  readonly candidateNs: number | null;
  readonly baselineNs: number | null;
}

export type Metric =
  | "service_p50"
  | "service_p90"
  | "service_p99"
  | "service_p999"
  | "response_p50"
  | "response_p90"
  | "response_p99"
  | "response_p999"
  | "cpu_per_call"
  | "envoy_cpu_per_call";

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export type ComparisonVerdict =
  "slower" | "faster" | "indistinguishable" | "inconclusive" | "invalid" | "added" | "removed";
