/**
 * Everything a verdict on one trial rests on, and the form of a rule that reads it (METHOD §3).
 */
import type { GrpcStatusName } from "../loadgen/grpc/status.js";
import type { LoadPlan } from "../loadgen/load-plan.js";
import type { Measurement } from "../loadgen/measurement.js";
import type { CpuWindow } from "./cpu-window.js";
import type { PathProof, VerdictReason } from "./trial.js";

export interface TrialEvidence {
  readonly plan: LoadPlan;
  readonly measurement: Measurement;
  /** Null where no path was promised: `tollgate load` against a stranger's service. */
  readonly proof: PathProof | null;
  /** Null where the node's counters cannot be read. */
  readonly cpu: CpuWindow | null;
  /** How each method's calls must end; a method that is not named must end OK. */
  readonly expectedStatuses: ReadonlyMap<string, GrpcStatusName>;
}

/** One rule of METHOD §3: no reasons when the trial keeps it. Pure. */
export type VerdictRule = (evidence: TrialEvidence) => VerdictReason[];

/** Every call of a trial together: the "method" that counts, CPU and lateness have (METHOD §2.8). */
export const ALL_METHODS = "all";

/** The method of the headline row: the one with the largest share of the calls. */
export function headlineMethod(plan: LoadPlan): string | null {
  const [first, ...rest] = plan.mix;
  if (first === undefined) return null;
  return rest.reduce((largest, share) => (share.weight > largest.weight ? share : largest), first).method;
}
