/**
 * One trial as it is kept for good. What was measured, whether it may be believed and why not, in one value that is
 * written before the next trial starts.
 */
import type { LoadPlan } from "../loadgen/load-plan.js";
import type { Measurement } from "../loadgen/measurement.js";
import type { CpuWindow } from "./cpu-window.js";
import type { PathCounters } from "./path-counters.js";

export interface Trial {
  /** Counts from 0 in the order in which trials were run, repeats included. */
  readonly index: number;
  readonly pass: PassName;
  readonly scenario: string;
  readonly block: number;
  /** Place within the block's random order. */
  readonly position: number;
  /** 0 for the first try; repeats of an arm that came out INVALID count up. */
  readonly attempt: number;
  /** Which of the environment's arrangements it was measured under, where the design restarts processes. */
  readonly arrangement?: number;
  readonly startedAt: string;
  readonly plan: LoadPlan;
  readonly outcome: TrialOutcome;
}

/**
 * interleaved: ProcessPayment at 1 in flight, the roads taking turns in one window · single: the same, a window a road · mix: the standard mix, open loop · refused: IssueRefund, which nobody may call
 * · reconnect: a new connection per call · ebpf-time: program run time, never used for latency · capacity: one point of
 * the search · calibration: null server and known delays.
 */
export type PassName =
  "interleaved" | "single" | "mix" | "refused" | "reconnect" | "ebpf-time" | "capacity" | "calibration";

export type TrialOutcome =
  | {
      readonly state: "measured";
      readonly measurement: Measurement;
      readonly cpu: CpuWindow | null;
      readonly path: PathReading;
      readonly verdict: TrialVerdict;
      /** ebpf-time pass only. */
      readonly programTime?: { readonly runNs: number; readonly runs: number };
    }
  | { readonly state: "failed"; readonly stage: TrialStage; readonly message: string };

export type TrialStage = "place" | "connect" | "load" | "drain" | "counters";

export interface PathReading {
  readonly before: PathCounters;
  readonly after: PathCounters;
  readonly proof: PathProof;
}

export interface PathProof {
  readonly level: "exact" | "lower-bound" | "behavioural" | "contradicted";
  /** One sentence per thing that was held against the promise: `Envoy counted 812 requests, 812 calls were sent`. */
  readonly evidence: readonly string[];
  readonly contradictions: readonly string[];
  /** What is odd on the path without contradicting it: a burst of upstream connections, calls that never ended. */
  readonly doubts: readonly string[];
}

export interface TrialVerdict {
  readonly state: "VALID" | "SUSPECT" | "INVALID";
  readonly reasons: readonly VerdictReason[];
}

export interface VerdictReason {
  readonly state: "SUSPECT" | "INVALID";
  /** Machine-readable: `lateness`, `path`, `books`, `steal` … */
  readonly rule: string;
  /** For people, with the figures. */
  readonly text: string;
  /** Set where the doubt concerns this quantile of this method's response only. */
  readonly quantile?: number;
  readonly method?: string;
}
