/**
 * The word on one toll across two runs: METHOD §4.4 for what its interval says against the margin, §4.5 for what the
 * controls of either run take back.
 */
import type { Margin } from "../comparison-shape.js";
import { takenBack, type JudgedAgainst } from "../judge-cell.js";
import { judgeInterval, leaning, SMALLEST_N_FOR_VERDICT } from "../statistics/equivalence.js";
import { blocksInEachRun } from "../statistics/sample-size.js";
import { THRESHOLDS } from "../verdict-thresholds.js";
import { counted, percentText } from "../verdict-words.js";
import type { AcrossVerdict } from "./across-shape.js";
import type { CellSample } from "./cell-sample.js";
import type { Shift } from "./shift.js";

export interface AcrossAgainst {
  readonly margin: Margin;
  /** Two-sided error of this cell's interval: α, or α/m. */
  readonly alpha: number;
  readonly adjustedP: number | null;
  readonly mustSurvive: number | null;
  /** The cell's A/A control in either run, where it came out `slower` or `faster`. */
  readonly brokenTwins: readonly JudgedAgainst["brokenTwin"][];
}

interface Word {
  readonly verdict: AcrossVerdict;
  readonly notes: readonly string[];
}

/** Both samples with the names of their runs, for sentences. */
export interface NamedSample {
  readonly run: string;
  readonly sample: CellSample;
}

export function judgeAcross(
  before: NamedSample,
  after: NamedSample,
  shift: Shift | null,
  against: AcrossAgainst,
): Word {
  const both = [before, after];
  const gone = both.find(({ sample }) => sample.missing !== null);
  if (shift === null || gone?.sample.missing) {
    const missing = gone?.sample.missing;
    const text =
      missing === undefined || missing === null ? "nothing to compare" : `${missing.text} in ${gone?.run ?? ""}`;
    return { verdict: missing?.isVoid === true ? "invalid" : "inconclusive", notes: [text] };
  }
  const doubts = [...both.flatMap(suspectNote), ...basisNote(after.sample)];
  const margin = Math.log1p(against.margin.fraction);
  const n = Math.min(before.sample.thetas.length, after.sample.thetas.length);
  const word = judgeInterval(shift.theta, margin, n);
  for (const brokenTwin of against.brokenTwins) {
    const taken = takenBack(shift.theta.estimate, word, { ...against, brokenTwin });
    if (taken !== null) return { verdict: "inconclusive", notes: [taken, ...doubts] };
  }
  if (word !== "inconclusive") return { verdict: word, notes: doubts };
  return { verdict: word, notes: [...whyInconclusive(before.sample, after.sample, shift, against), ...doubts] };
}

function whyInconclusive(before: CellSample, after: CellSample, { theta }: Shift, against: AcrossAgainst): string[] {
  const lean = leaning(theta);
  const few = fewBlocks(before.thetas.length, after.thetas.length, theta);
  const margin = Math.log1p(against.margin.fraction);
  const distance = Math.abs(Math.abs(theta.estimate) - margin);
  return [
    ...(lean === null ? [] : [`leans ${lean}`]),
    few ?? blocksText(before.thetas, after.thetas, distance, against.alpha),
  ];
}

/** Why so few blocks carry no verdict, or null when they are enough. */
export function fewBlocks(
  before: number,
  after: number,
  { confidence, confidenceReached }: Shift["theta"],
): string | null {
  const seen = `${counted(before, "block")} against ${after}`;
  if (Math.min(before, after) < SMALLEST_N_FOR_VERDICT) {
    return `${seen}, ${SMALLEST_N_FOR_VERDICT} in each run are the least for a verdict`;
  }
  if (confidenceReached >= confidence - 1e-12) return null;
  return `${seen} reach ${percentText(confidenceReached)} confidence, ${percentText(confidence)} is needed`;
}

/** How many blocks would bring the interval clear of a line that lies `distance` from the estimate, ln. */
export function blocksText(
  before: readonly number[],
  after: readonly number[],
  distance: number,
  alpha: number,
): string {
  const needed = blocksInEachRun(before, after, distance, { alpha });
  return needed.kind === "about"
    ? `${moreInEach(needed.blocks - before.length, needed.blocks - after.length)} would settle it (--blocks ${needed.blocks})`
    : `not to be settled with ${needed.ceiling} blocks in each run: the effect lies on the line, or below what this set-up can see`;
}

function moreInEach(before: number, after: number): string {
  if (before === after) return `about ${counted(after, "more block")} in each run`;
  if (before <= 0) return `about ${counted(after, "more block")} in the later run`;
  if (after <= 0) return `about ${counted(before, "more block")} in the earlier run`;
  return `about ${counted(after, "more block")} in the later run and ${before} more in the earlier one`;
}

function suspectNote({ run, sample: { suspect, blocks } }: NamedSample): string[] {
  if (suspect <= blocks * THRESHOLDS.suspectShareOfCell) return [];
  return [`${suspect} of ${blocks} blocks of ${run} hold a SUSPECT trial: a gate on this cell would be inconclusive`];
}

function basisNote({ basis }: CellSample): string[] {
  if (basis === "toll") return [];
  return ["the baseline has no such cost, so levels are compared: the machine's speed is part of the change"];
}
