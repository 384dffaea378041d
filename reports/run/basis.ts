/**
 * What the numbers rest on, each point good, doubtful or bad: trials, path proof, controls, margin, calibration.
 */
import { hasProxy, headlinePass } from "../../results/comparison-cells.js";
import type { Comparison, RunComparison } from "../../results/comparison-shape.js";
import type { CalibrationRecord } from "../../results/calibration-record.js";
import type { Run } from "../../results/run-shape.js";
import { SMALLEST_N_FOR_VERDICT } from "../../results/statistics/equivalence.js";
import { isUsable } from "../../results/trial-metrics.js";
import { percentText } from "../../results/verdict-words.js";
import { duration, durationInterval } from "../quantities.js";
import { counted } from "../../results/verdict-words.js";

export interface BasisItem {
  readonly state: "good" | "doubtful" | "bad";
  readonly text: string;
}

/** @param calibration that the run names; null where there is none, or it cannot be read */
export function basisOf(
  run: Run,
  comparison: RunComparison,
  calibration: CalibrationRecord | null = null,
): BasisItem[] {
  return [
    trials(comparison),
    ...noted(run),
    proof(run),
    ...restarted(run),
    ...controls(run, comparison),
    ...floors(run, comparison),
    calibrated(run, calibration),
  ];
}

function trials({ trials: { valid, suspect, invalid, failed } }: RunComparison): BasisItem {
  const total = valid + suspect + invalid + failed;
  const rest = [
    suspect > 0 ? `${suspect} suspect` : null,
    invalid + failed > 0 ? `${invalid + failed} void` : null,
  ].filter((part) => part !== null);
  const text = `${valid} of ${counted(total, "trial")} valid${rest.length > 0 ? ` (${rest.join(", ")})` : ""}`;
  if (valid === 0) return { state: "bad", text };
  return { state: suspect + invalid + failed > total / 3 ? "doubtful" : "good", text };
}

const NOTES_TOLD = 3;

/** What was remarked on trials that count, one line per remark; a run with many of them tells the first. */
function noted(run: Run): BasisItem[] {
  const notes = run.trials.filter(isUsable).flatMap(({ outcome }) => [...new Set(outcome.measurement.notes)]);
  const different = [...new Set(notes)];
  const lines = different.slice(0, NOTES_TOLD).map((note) => {
    const often = notes.filter((one) => one === note).length;
    return `${counted(often, "trial")} ${often === 1 ? "has" : "have"} a note: ${note}`;
  });
  const untold = different.length - lines.length;
  const rest = untold === 0 ? [] : [`${counted(untold, "further note")} in the list of trials`];
  return [...lines, ...rest].map((text) => ({ state: "doubtful", text }));
}

function proof(run: Run): BasisItem {
  const levels = run.trials.filter(isUsable).map((trial) => trial.outcome.path.proof.level);
  const of = (level: (typeof levels)[number]): number => levels.filter((one) => one === level).length;
  const [exact, lower] = [of("exact"), of("lower-bound")];
  if (levels.length > 0 && exact === levels.length) {
    return { state: "good", text: "path proven on every trial: client = server = Envoy, by count" };
  }
  const text = `path proven exactly on ${exact} of ${levels.length} trials`;
  return {
    state: exact + lower === 0 ? "bad" : "doubtful",
    text: lower === 0 ? text : `${text}, as a lower bound on ${lower}`,
  };
}

/** The luck of pods, drawn anew on the way. A preview says of its Envoys in the verdict that they were restarted. */
function restarted({ header, trials }: Run): BasisItem[] {
  const { restarts } = header.design;
  if (restarts === undefined || header.environment !== "cluster") return [];
  const drawn = new Set(trials.map(({ pass, arrangement }) => `${pass}/${arrangement}`)).size;
  const often = restarts.everyBlocks === 1 ? "before every block" : `before every ${restarts.everyBlocks} blocks`;
  const text = `the pods of all roads made anew ${often}, slots changed, in force and tried each time: ${drawn} arrangements measured`;
  return [{ state: "good", text }];
}

/** One line per twin: does the same road, measured twice, come out the same? */
function controls({ header }: Run, { twins }: RunComparison): BasisItem[] {
  const headline = headlinePass(header.design);
  return twins
    .filter((twin) => twin.metric === "service_p50" && twin.pass === headline)
    .map((twin) => {
      const seen = twin.absoluteNs === null ? "" : ` ${durationInterval(twin.absoluteNs)}`;
      if (twin.absoluteNs === null) return { state: "doubtful" as const, text: `no control: ${whyNot(twin)}` };
      if (twin.n < SMALLEST_N_FOR_VERDICT) {
        const text = `a control of ${counted(twin.n, "block")} says little: ${twin.baseline} twice${seen}`;
        return { state: "doubtful" as const, text };
      }
      const broken = twin.verdict === "slower" || twin.verdict === "faster";
      return broken
        ? { state: "bad" as const, text: `control broken: ${twin.candidate} came out ${twin.verdict}${seen}` }
        : { state: "good" as const, text: `control holds: ${twin.baseline} twice${seen}` };
    });
}

/** `l7 twice was not measured well enough (…)` */
function whyNot({ baseline, notes: [first = "nothing was measured"] }: Comparison): string {
  return `${baseline} twice tells nothing, ${first.replace(/^n\/a: /, "")}`;
}

/** The margins that earlier A/A twins of this set-up gave to the declared chains; a run without says so in a warning. */
function floors({ header }: Run, { comparisons }: RunComparison): BasisItem[] {
  const judged = comparisons.filter((one) => one.family === "declared" && one.margin.source === "floor");
  const texts = judged.map(
    ({ candidate, margin }) =>
      `${percentText(margin.fraction)} ${hasProxy(header, candidate) ? "behind the proxy" : "without proxy"}`,
  );
  if (texts.length === 0) return [];
  return [{ state: "good", text: `A/A floor of earlier runs: ${[...new Set(texts)].join(", ")}` }];
}

function calibrated({ header }: Run, record: CalibrationRecord | null): BasisItem {
  if (header.calibration === null) {
    return { state: "doubtful", text: "no fresh calibration of this machine (tollgate calibrate)" };
  }
  if (record === null) return { state: "good", text: `calibrated: ${header.calibration}` };
  const floorNs = record.floor.find(({ rate }) => rate === null)?.serviceP50Ns ?? null;
  const seen = record.twin.smallestDetectable;
  const text = [
    `calibrated ${record.createdAt.slice(0, 10)}: ${record.state}`,
    ...(floorNs === null ? [] : [`instrument's own floor ${duration(floorNs)} service p50`]),
    ...(seen === null ? [] : [`smallest difference it can see ${percentText(seen)}`]),
  ].join(", ");
  return { state: CALIBRATION_STATES[record.state], text };
}

const CALIBRATION_STATES = { VALID: "good", SUSPECT: "doubtful", INVALID: "bad" } as const;
