/**
 * May this trial be believed? METHOD §3: VALID, SUSPECT or INVALID, always with reasons.
 *
 * One small pure function per rule: what voids a trial in void-rules.ts, what only casts doubt in doubt-rules.ts, the
 * numbers they compare with in verdict-thresholds.ts.
 */
import * as doubt from "./doubt-rules.js";
import type { TrialEvidence, VerdictRule } from "./trial-evidence.js";
import type { TrialVerdict, VerdictReason } from "./trial.js";
import * as voids from "./void-rules.js";

const RULES: readonly VerdictRule[] = [
  voids.pathContradicted,
  voids.booksBalance,
  voids.sentSomething,
  voids.sentEnough,
  voids.lateness,
  voids.rightPolicy,
  voids.expectedStatusesOnly,
  voids.clockStepped,
  voids.throttled,
  voids.startedInTime,
  doubt.pathDoubts,
  doubt.responseExcess,
  doubt.steal,
  doubt.ownCollections,
  doubt.arrivals,
  doubt.steadyHalves,
  doubt.generatorBusy,
  doubt.generatorStalled,
];

/** The verdict is the worst of its reasons. */
export function judgeTrial(evidence: TrialEvidence): TrialVerdict {
  const reasons = RULES.flatMap((rule) => rule(evidence));
  return { state: worst(reasons), reasons };
}

function worst(reasons: readonly VerdictReason[]): TrialVerdict["state"] {
  if (reasons.some((reason) => reason.state === "INVALID")) return "INVALID";
  return reasons.length > 0 ? "SUSPECT" : "VALID";
}
