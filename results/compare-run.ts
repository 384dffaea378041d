/**
 * What a run says, all of it: METHOD §4.1-4.7. Controls first, since they decide what the rest may claim; then the
 * declared family with its intervals at 1 − α/m; then everything else, corrected for how much of it there is.
 *
 * Easy to get wrong: the unit is the block, never the call. Margins are set before the numbers are looked at, and a
 * control is judged without the floor that it is itself the measure of.
 */
import { compareCell } from "./compare-cell.js";
import { comparedCells, headlinePass, isDeclaredIn, isHeadline, kindOf, twinCells } from "./comparison-cells.js";
import type { Comparison, Floor, Margin, RunComparison, TrialTally } from "./comparison-shape.js";
import { judgeCell, type JudgedAgainst } from "./judge-cell.js";
import type { Cell } from "./paired-trials.js";
import { refusalsOf } from "./refusals.js";
import { comparisonWarnings } from "./comparison-warnings.js";
import type { Run } from "./run-shape.js";
import { benjaminiHochberg, holm } from "./statistics/multiplicity.js";

export interface CompareOptions {
  /** The user's smallest effect of interest, as a fraction: 0.02 is 2 %. Default 0. */
  readonly minEffect?: number;
  /** A/A floors of earlier runs with this fingerprint (floor.ts). Default none. */
  readonly floors?: readonly Floor[];
}

/** Of the declared family as a whole, and of each comparison outside it. */
export const ALPHA = 0.05;
/** Expected share of false alarms among the exploratory findings. */
export const FALSE_DISCOVERY_RATE = 0.1;
/** Histogram values come in steps of 0.1 %: two of them are the least that can mean anything. */
export const MINIMUM_MARGIN = 0.002;

export function compareRun(run: Run, options: CompareOptions = {}): RunComparison {
  const twins = judgeTwins(run, options);
  const cells = comparedCells(run.header);
  const isDeclared = isDeclaredIn(run.header);
  const declared = cells.filter(isDeclared);
  const size = declared.length;
  const alpha = ALPHA / Math.max(1, size);
  const judged = (family: readonly Cell[], familyAlpha: number, rest: Rest): Comparison[] =>
    judgeFamily(run, family, familyAlpha, (cell, adjustedP) => ({
      ...rest,
      adjustedP,
      alpha: familyAlpha,
      margin: marginOf(run, cell, options),
      brokenTwin: brokenTwinOf(run, cell, twins),
    }));
  const judgedCells = [
    ...judged(declared, alpha, { family: "declared", mustSurvive: null }),
    ...judged(
      cells.filter((cell) => !isDeclared(cell)),
      ALPHA,
      { family: "exploratory", mustSurvive: FALSE_DISCOVERY_RATE },
    ),
  ];
  const comparisons = inOrderOf(cells, judgedCells);
  return {
    comparisons,
    twins,
    declared: { size, alpha: ALPHA, confidence: 1 - alpha },
    refusals: refusalsOf(run),
    trials: tallyOf(run),
    warnings: comparisonWarnings(run, twins, comparisons, options.floors ?? []),
  };
}

/** As the chains stand, not as the families were judged. */
function inOrderOf(cells: readonly Cell[], comparisons: readonly Comparison[]): Comparison[] {
  const name = (cell: Cell): string => [cell.candidate, cell.baseline, cell.pass, cell.method, cell.metric].join("/");
  const byName = new Map(comparisons.map((comparison) => [name(comparison), comparison]));
  return cells.flatMap((cell) => byName.get(name(cell)) ?? []);
}

type Rest = Pick<JudgedAgainst, "family" | "mustSurvive">;

/** The A/A controls of a run. The controls of the headline are a family of their own; the others are corrected like all that is only looked at. */
export function judgeTwins(run: Run, options: CompareOptions = {}): Comparison[] {
  const cells = twinCells(run.header);
  const pass = headlinePass(run.header.design);
  const headline = cells.filter((cell) => isHeadline(cell, pass));
  const margin = largest([{ fraction: options.minEffect ?? 0, source: "user" }]);
  const judged = (family: readonly Cell[], alpha: number, mustSurvive: number | null): Comparison[] =>
    judgeFamily(run, family, alpha, (_, adjustedP) => ({
      family: "control",
      adjustedP,
      alpha,
      margin,
      mustSurvive,
      brokenTwin: null,
    }));
  return [
    ...judged(headline, ALPHA / Math.max(1, headline.length), null),
    ...judged(
      cells.filter((cell) => !isHeadline(cell, pass)),
      ALPHA,
      FALSE_DISCOVERY_RATE,
    ),
  ];
}

/** Compares all cells of a family at one confidence, corrects their p together, and judges each. */
function judgeFamily(
  run: Run,
  cells: readonly Cell[],
  alpha: number,
  against: (cell: Cell, adjustedP: number | null) => JudgedAgainst,
): Comparison[] {
  const compared = cells.map((cell) => compareCell(run, cell, 1 - alpha));
  const pass = headlinePass(run.header.design);
  const adjust = compared.every(({ cell }) => isHeadline(cell, pass)) ? holm : benjaminiHochberg;
  const adjusted = adjustedPs(compared, adjust);
  return compared.map((one, i) => judgeCell(one, against(one.cell, adjusted[i] ?? null)));
}

/** Adjusted where there is a p at all, in the same order. */
export function adjustedPs(
  compared: readonly { readonly p: number | null }[],
  adjust: (ps: readonly number[]) => number[],
): (number | null)[] {
  const adjusted = adjust(compared.map(({ p }) => p).filter((p) => p !== null));
  let next = 0;
  return compared.map(({ p }) => (p === null ? null : (adjusted[next++] ?? null)));
}

/** δ of METHOD §4.4 for one cell of a run. */
export function marginOf(run: Run, cell: Cell, options: CompareOptions): Margin {
  const kind = kindOf(run.header, cell);
  const floor = options.floors?.find(
    (one) => one.kind === kind && one.pass === cell.pass && one.method === cell.method && one.metric === cell.metric,
  );
  return largest([
    { fraction: options.minEffect ?? 0, source: "user" },
    { fraction: floor?.fraction ?? 0, source: "floor" },
  ]);
}

export function largest(margins: readonly Margin[]): Margin {
  const minimum: Margin = { fraction: MINIMUM_MARGIN, source: "minimum" };
  return margins.reduce((most, margin) => (margin.fraction > most.fraction ? margin : most), minimum);
}

/** The control that speaks for a cell, if it could not hold still itself. */
export function brokenTwinOf(run: Run, cell: Cell, twins: readonly Comparison[]): JudgedAgainst["brokenTwin"] {
  const kind = kindOf(run.header, cell);
  const twin = twins.find(
    (one) =>
      (one.verdict === "slower" || one.verdict === "faster") &&
      one.pass === cell.pass &&
      one.method === cell.method &&
      one.metric === cell.metric &&
      kindOf(run.header, one) === kind,
  );
  return twin === undefined ? null : { kind, twin };
}

/** How many trials came out how. */
export function tallyOf(run: Run): TrialTally {
  const states = run.trials.map(({ outcome }) => (outcome.state === "failed" ? "failed" : outcome.verdict.state));
  const count = (state: (typeof states)[number]): number => states.filter((one) => one === state).length;
  return { valid: count("VALID"), suspect: count("SUSPECT"), invalid: count("INVALID"), failed: count("failed") };
}
