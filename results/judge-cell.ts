/**
 * The word on one cell: METHOD §4.4 for what its interval says against the margin, §4.5 for what its control takes back.
 */
import type { Comparison, ComparisonVerdict, Margin, RoadKind } from "./comparison-shape.js";
import type { ComparedCell } from "./compare-cell.js";
import { judgeInterval, leaning, SMALLEST_N_FOR_VERDICT } from "./statistics/equivalence.js";
import { plainInterval } from "./statistics/hodges-lehmann.js";
import { moreBlocksNeeded } from "./statistics/sample-size.js";
import { THRESHOLDS } from "./verdict-thresholds.js";
import { countText, percentText } from "./verdict-words.js";

export interface JudgedAgainst {
  readonly family: Comparison["family"];
  readonly margin: Margin;
  /** Two-sided error of this cell's interval: α, or α/m. */
  readonly alpha: number;
  readonly adjustedP: number | null;
  /** Above it an adjusted p takes the verdict back. Null where the interval alone decides. */
  readonly mustSurvive: number | null;
  /** The A/A control of this cell, if it came out `slower` or `faster`. */
  readonly brokenTwin: { readonly kind: RoadKind; readonly twin: Comparison } | null;
}

/** An effect this many times that of a broken control stands all the same. */
const TIMES_THE_TWIN = 3;

export function judgeCell(compared: ComparedCell, against: JudgedAgainst): Comparison {
  const { cell, theta, absolute, candidate, baseline, pairs } = compared;
  // A part that only one of the roads has has no ratio: its interval is that of its own values.
  const interval = theta ?? absolute;
  const { verdict, notes } = verdictOf(compared, against);
  return {
    candidate: cell.candidate,
    baseline: cell.baseline,
    pass: cell.pass,
    method: cell.method,
    load: compared.load,
    metric: cell.metric,
    absoluteNs: absolute === null ? null : plainInterval(absolute),
    ratio:
      theta === null
        ? null
        : { estimate: Math.exp(theta.estimate), low: Math.exp(theta.low), high: Math.exp(theta.high) },
    p: compared.p,
    adjustedP: against.adjustedP,
    family: against.family,
    confidence: interval?.confidenceReached ?? 0,
    n: interval?.n ?? 0,
    suspect: pairs.filter((pair) => pair.suspect).length,
    margin: against.margin,
    verdict,
    notes: [...notes, ...suspectNote(pairs)],
    candidateNs: candidate.levelNs,
    baselineNs: baseline.levelNs,
    candidateCalls: candidate.calls,
    baselineCalls: baseline.calls,
  };
}

interface Word {
  readonly verdict: ComparisonVerdict;
  readonly notes: readonly string[];
}

function verdictOf(compared: ComparedCell, against: JudgedAgainst): Word {
  const missing = whatIsMissing(compared);
  if (missing !== null) return missing;
  const { theta, differences } = compared;
  if (theta === null) return { verdict: "inconclusive", notes: ["descriptive only: " + noPairs(compared)] };
  const margin = Math.log1p(against.margin.fraction);
  const word = judgeInterval(theta, margin, differences.length);
  const taken = takenBack(theta.estimate, word, against);
  if (taken !== null) return { verdict: "inconclusive", notes: [taken] };
  return word === "inconclusive"
    ? { verdict: word, notes: whyInconclusive(compared, against, margin) }
    : { verdict: word, notes: [] };
}

/** Cells without an interval, by what they lack. */
function whatIsMissing({ candidate, baseline, cell, notShown }: ComparedCell): Word | null {
  const allVoid = [
    { side: candidate, road: cell.candidate },
    { side: baseline, road: cell.baseline },
  ].filter(({ side }) => side.trials.length === 0 && !side.isFree);
  const [first] = allVoid;
  if (first !== undefined) {
    const tries = first.side.tries.length;
    const text = tries === 0 ? `${first.road} was not measured` : `all ${tries} trials of ${first.road} are void`;
    return { verdict: "invalid", notes: [text] };
  }
  if (baseline.isFree) return { verdict: "added", notes: [`there is no proxy on ${cell.baseline}`] };
  if (candidate.isFree) return { verdict: "removed", notes: [`there is no proxy on ${cell.candidate}`] };
  if (candidate.calls === 0 && baseline.calls === 0) {
    return { verdict: "invalid", notes: ["no call of this method succeeded on either road"] };
  }
  if (baseline.calls === 0)
    return { verdict: "added", notes: [`no call of this method succeeded on ${cell.baseline}`] };
  if (candidate.calls === 0)
    return { verdict: "removed", notes: [`no call of this method succeeded on ${cell.candidate}`] };
  return notShown === null ? null : { verdict: "inconclusive", notes: [notShown] };
}

function noPairs({ cell, candidate, baseline }: ComparedCell): string {
  if (cell.method === "all") return "CPU could not be read, or lay within its own resolution";
  const windows = countText(Math.max(candidate.trials.length, baseline.trials.length));
  return `no block holds ${THRESHOLDS.beyondInTrial} calls beyond this quantile on both roads; the levels are those of all ${windows} windows together`;
}

/** Reasons outside the interval for which a claim does not stand. @param theta the effect, ln */
export function takenBack(
  theta: number,
  word: ComparisonVerdict,
  against: Pick<JudgedAgainst, "brokenTwin" | "adjustedP" | "mustSurvive">,
): string | null {
  const { brokenTwin, adjustedP, mustSurvive } = against;
  const estimate = brokenTwin?.twin.ratio?.estimate;
  if (
    brokenTwin !== null &&
    estimate !== undefined &&
    Math.abs(theta) < TIMES_THE_TWIN * Math.abs(Math.log(estimate))
  ) {
    const { twin, kind } = brokenTwin;
    return `the A/A control ${kind} is itself ${twin.verdict} (${twin.candidate} against ${twin.baseline}: ${signed(estimate - 1)}); an effect here must be ${TIMES_THE_TWIN} times as large`;
  }
  const claims = word === "slower" || word === "faster";
  if (claims && mustSurvive !== null && adjustedP !== null && adjustedP > mustSurvive) {
    return `leans ${word}, but does not survive the correction for all that was looked at (adjusted p ${adjustedP.toPrecision(2)})`;
  }
  return null;
}

function whyInconclusive({ theta, differences }: ComparedCell, against: JudgedAgainst, margin: number): string[] {
  if (theta === null) return [];
  const notes: string[] = [];
  const lean = leaning(theta);
  if (lean !== null) notes.push(`leans ${lean}`);
  if (differences.length < SMALLEST_N_FOR_VERDICT) {
    notes.push(`${differences.length} pairs, ${SMALLEST_N_FOR_VERDICT} are the least for a verdict`);
  } else if (theta.confidenceReached < theta.confidence - 1e-12) {
    notes.push(
      `${differences.length} pairs reach ${percentText(theta.confidenceReached)} confidence, ${percentText(theta.confidence)} is needed`,
    );
  }
  const more = moreBlocksNeeded(differences, margin, { alpha: against.alpha });
  notes.push(
    more.kind === "about"
      ? `about ${more.blocks} more blocks`
      : `not to be settled with ${more.ceiling} blocks: the effect lies on the margin, or below what this set-up can see`,
  );
  return notes;
}

function suspectNote(pairs: ComparedCell["pairs"]): string[] {
  const suspect = pairs.filter((pair) => pair.suspect).length;
  if (suspect <= pairs.length * THRESHOLDS.suspectShareOfCell) return [];
  return [`${suspect} of ${pairs.length} pairs hold a SUSPECT trial: a gate on this cell would be inconclusive`];
}

function signed(fraction: number): string {
  return `${fraction < 0 ? "−" : "+"}${percentText(Math.abs(fraction))}`;
}
