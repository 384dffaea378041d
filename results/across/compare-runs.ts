/**
 * Two runs beside each other: did this change (an upgrade, a week) raise the tolls? METHOD §4.8. Tolls are compared, not
 * latencies: what a road costs of its baseline inside each block of each run, then run against run.
 *
 * Easy to get wrong: the two runs share no block, so everything that changed between their days is in the difference.
 * That is said with every number ("not interleaved"), and no cause is named where more than one thing differs.
 */
import {
  ALPHA,
  adjustedPs,
  brokenTwinOf,
  FALSE_DISCOVERY_RATE,
  judgeTwins,
  largest,
  marginOf,
} from "../compare-run.js";
import { headlinePass, isDeclaredIn } from "../comparison-cells.js";
import type { Comparison, Floor, Margin } from "../comparison-shape.js";
import type { Cell } from "../paired-trials.js";
import type { Run } from "../run-shape.js";
import type { PassName } from "../trial.js";
import { benjaminiHochberg, holm } from "../statistics/multiplicity.js";
import { isUsable } from "../trial-metrics.js";
import { acrossWarnings } from "./across-warnings.js";
import type { AcrossCell, ComparedRun, RunsComparison } from "./across-shape.js";
import { tollSample, type CellSample } from "./cell-sample.js";
import { cellsOfBoth, refuseIncomparable, whyNotComparable, type NotComparable } from "./comparable.js";
import { judgeAcross } from "./judge-across.js";
import { setUpDifference } from "./set-up-difference.js";
import { shiftBetween, type Shift } from "./shift.js";

export interface AcrossOptions {
  /** The user's smallest effect of interest, as a fraction. Default 0. */
  readonly minEffect?: number;
  /** A/A floors that runs before each of the two give to it (floor.ts). Default none. */
  readonly floors?: { readonly before: readonly Floor[]; readonly after: readonly Floor[] };
}

/** @throws Fault (usage) when the runs are one and the same, or of different environments */
export function compareRuns(before: Run, after: Run, options: AcrossOptions = {}): RunsComparison {
  refuseIncomparable(before.header, after.header);
  const pair: RunPair = {
    ...{ before, after, options, isDeclared: isDeclaredIn(after.header, headlineOfBoth(before, after)) },
    twins: { before: judgeTwins(before), after: judgeTwins(after) },
  };
  const cells = cellsOfBoth(before.header, after.header).map((cell) => ({
    cell,
    hindrance: whyNotComparable(before.header, after.header, cell),
  }));
  const comparable = cells.filter(({ hindrance }) => hindrance === null).map(({ cell }) => cell);
  const declared = comparable.filter(pair.isDeclared);
  const alpha = ALPHA / Math.max(1, declared.length);
  const judged = new Map([
    ...judgeFamily(pair, declared, "declared", alpha),
    ...judgeFamily(
      pair,
      comparable.filter((cell) => !pair.isDeclared(cell)),
      "exploratory",
      ALPHA,
    ),
  ]);
  const all = cells.flatMap(({ cell, hindrance }) =>
    hindrance === null ? (judged.get(cell) ?? []) : uncompared(pair, cell, hindrance),
  );
  const runs = { before: comparedRun(before, pair.twins.before), after: comparedRun(after, pair.twins.after) };
  return {
    ...runs,
    cells: all,
    declared: { size: declared.length, alpha: ALPHA, confidence: 1 - alpha },
    setUp: setUpDifference(before.header.fingerprint, after.header.fingerprint),
    warnings: acrossWarnings(runs.before, runs.after, all, options.floors),
  };
}

/** The interleaved pass speaks for two runs only when both have it. */
function headlineOfBoth(...runs: readonly Run[]): PassName {
  return runs.every(({ header }) => headlinePass(header.design) === "interleaved") ? "interleaved" : "single";
}

interface RunPair {
  readonly before: Run;
  readonly after: Run;
  readonly options: AcrossOptions;
  readonly isDeclared: (cell: Cell) => boolean;
  readonly twins: { readonly before: readonly Comparison[]; readonly after: readonly Comparison[] };
}

interface Measured {
  readonly cell: Cell;
  readonly before: CellSample;
  readonly after: CellSample;
  readonly shift: Shift | null;
  readonly p: number | null;
}

/** All cells of a family at one confidence, their p corrected together. */
function judgeFamily(
  pair: RunPair,
  cells: readonly Cell[],
  family: AcrossCell["family"],
  alpha: number,
): (readonly [Cell, AcrossCell])[] {
  const measured = cells.map((cell): Measured => {
    const [before, after] = [tollSample(pair.before, cell, 1 - alpha), tollSample(pair.after, cell, 1 - alpha)];
    const shift = before.basis === after.basis ? shiftBetween(before, after, 1 - alpha) : null;
    return { cell, before, after, shift, p: shift?.p ?? null };
  });
  const adjusted = adjustedPs(measured, family === "declared" ? holm : benjaminiHochberg);
  return measured.map((one, i) => [one.cell, judged(pair, one, family, alpha, adjusted[i] ?? null)]);
}

function judged(
  pair: RunPair,
  { cell, before, after, shift }: Measured,
  family: AcrossCell["family"],
  alpha: number,
  adjustedP: number | null,
): AcrossCell {
  const margin = marginAcross(pair, cell);
  const word = judgeAcross(
    { run: pair.before.header.id, sample: before },
    { run: pair.after.header.id, sample: after },
    shift,
    {
      ...{ margin, alpha, adjustedP },
      mustSurvive: family === "declared" ? null : FALSE_DISCOVERY_RATE,
      brokenTwins: brokenTwinsAcross(pair, cell),
    },
  );
  return { ...cell, load: loadOf(pair.after, cell), before, after, shift, family, adjustedP, margin, ...word };
}

function uncompared(pair: RunPair, cell: Cell, { verdict, reason }: NotComparable): AcrossCell {
  return {
    ...cell,
    load: loadOf(verdict === "removed" ? pair.before : pair.after, cell),
    before: verdict === "removed" ? tollSample(pair.before, cell) : null,
    after: verdict === "added" ? tollSample(pair.after, cell) : null,
    shift: null,
    family: pair.isDeclared(cell) ? "declared" : "exploratory",
    adjustedP: null,
    margin: marginAcross(pair, cell),
    verdict,
    notes: [reason],
  };
}

/** The greater of what holds in either run. */
export function marginAcross({ before, after, options }: Omit<RunPair, "twins" | "isDeclared">, cell: Cell): Margin {
  const minEffect = options.minEffect ?? 0;
  return largest([
    marginOf(before, cell, { minEffect, floors: options.floors?.before ?? [] }),
    marginOf(after, cell, { minEffect, floors: options.floors?.after ?? [] }),
  ]);
}

/** The controls of a cell's kind that could not hold still, in either run. */
export function brokenTwinsAcross({ before, after, twins }: Omit<RunPair, "options" | "isDeclared">, cell: Cell) {
  return [brokenTwinOf(before, cell, twins.before), brokenTwinOf(after, cell, twins.after)].filter(
    (twin) => twin !== null,
  );
}

function loadOf({ header }: Run, cell: Cell): AcrossCell["load"] {
  return header.design.passes.find((pass) => pass.name === cell.pass)?.plan.loop.kind ?? "closed";
}

function comparedRun(run: Run, twins: readonly Comparison[]): ComparedRun {
  return {
    header: run.header,
    state: run.end?.state ?? "unfinished",
    usableTrials: run.trials.filter(isUsable).length,
    trials: run.trials.length,
    brokenTwins: twins.filter(({ verdict }) => verdict === "slower" || verdict === "faster"),
  };
}
