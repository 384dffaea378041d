/**
 * What the numbers rest on, each point good, doubtful or bad: trials, path proof, controls, margin, calibration.
 */
import { headlinePass } from "../../results/comparison-cells.js";
import type { RunComparison } from "../../results/comparison-shape.js";
import type { Run } from "../../results/run-shape.js";
import { isUsable } from "../../results/trial-metrics.js";
import { durationInterval } from "../quantities.js";

export interface BasisItem {
  readonly state: "good" | "doubtful" | "bad";
  readonly text: string;
}

export function basisOf(run: Run, comparison: RunComparison): BasisItem[] {
  return [trials(comparison), proof(run), ...controls(run, comparison), calibration(run)];
}

function trials({ trials: { valid, suspect, invalid, failed } }: RunComparison): BasisItem {
  const total = valid + suspect + invalid + failed;
  const rest = [
    suspect > 0 ? `${suspect} suspect` : null,
    invalid + failed > 0 ? `${invalid + failed} void` : null,
  ].filter((part) => part !== null);
  const text = `${valid} of ${total} trials valid${rest.length > 0 ? ` (${rest.join(", ")})` : ""}`;
  if (valid === 0) return { state: "bad", text };
  return { state: suspect + invalid + failed > total / 3 ? "doubtful" : "good", text };
}

function proof(run: Run): BasisItem {
  const usable = run.trials.filter(isUsable);
  const exact = usable.filter((trial) => trial.outcome.path.proof.level === "exact").length;
  if (usable.length > 0 && exact === usable.length) {
    return { state: "good", text: "path proven on every trial: client = server = Envoy, by count" };
  }
  return {
    state: exact === 0 ? "bad" : "doubtful",
    text: `path proven exactly on ${exact} of ${usable.length} trials`,
  };
}

/** One line per twin: does the same road, measured twice, come out the same? */
function controls({ header }: Run, { twins }: RunComparison): BasisItem[] {
  const headline = headlinePass(header.design);
  return twins
    .filter((twin) => twin.metric === "service_p50" && twin.pass === headline)
    .map((twin) => {
      const seen = twin.absoluteNs === null ? "" : ` ${durationInterval(twin.absoluteNs)}`;
      const broken = twin.verdict === "slower" || twin.verdict === "faster";
      return broken
        ? { state: "bad" as const, text: `control broken: ${twin.candidate} came out ${twin.verdict}${seen}` }
        : { state: "good" as const, text: `control holds: ${twin.baseline} twice${seen}` };
    });
}

function calibration(run: Run): BasisItem {
  const { calibration: id } = run.header;
  return id === null
    ? { state: "doubtful", text: "no fresh calibration of this machine (tollgate calibrate)" }
    : { state: "good", text: `calibrated: ${id}` };
}
