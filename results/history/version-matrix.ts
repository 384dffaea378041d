/**
 * Versions × cells: did a toll change when the versions did? Runs of one period against runs of the period before, the
 * run being the unit; two-sample Hodges-Lehmann with the exact rank interval. Not interleaved: whatever else changed
 * with time is in it, which is why nothing here gates.
 *
 * Many cells are looked at together, so p is adjusted (Benjamini-Hochberg, METHOD §4.3), and a word that does not
 * survive is taken back.
 */
import { FALSE_DISCOVERY_RATE } from "../compare-run.js";
import { judgeInterval, leaning, SMALLEST_N_FOR_VERDICT } from "../statistics/equivalence.js";
import { hodgesLehmannTwoSample, type RankInterval } from "../statistics/hodges-lehmann.js";
import { mannWhitneyTest } from "../statistics/mann-whitney.js";
import { benjaminiHochberg } from "../statistics/multiplicity.js";
import { levelOf, NEWEST_RUNS } from "./cell-trend.js";
import type { CellHistory, HistoryPoint, MatrixEntry, RunHistory, VersionPeriod } from "./history-shape.js";

type Cell = Pick<CellHistory, "points">;

interface Draft {
  readonly points: readonly HistoryPoint[];
  readonly against: { readonly period: number; readonly n: number; readonly shift: RankInterval } | null;
  readonly p: number | null;
}

/** @param minEffect a shift of the ratio that is of no interest, as a fraction: half the width of "indistinguishable" */
export function versionMatrix(
  periods: readonly VersionPeriod[],
  cells: readonly Cell[],
  minEffect: number,
): RunHistory["matrix"] {
  const drafts = periods.map((_, period) => cells.map((cell) => draftOf(periods, cell, period)));
  const ps = drafts.flat().flatMap((draft) => (draft?.p === null || draft === null ? [] : [draft.p]));
  const adjusted = benjaminiHochberg(ps);
  let next = 0;
  return drafts.map((row) =>
    row.map((draft) => {
      if (draft === null) return null;
      return entryOf(draft, draft.p === null ? null : (adjusted[next++] ?? null), Math.log1p(minEffect));
    }),
  );
}

function draftOf(periods: readonly VersionPeriod[], { points }: Cell, period: number): Draft | null {
  const inPeriod = (i: number): readonly HistoryPoint[] => {
    const { from, to } = periods[i] as VersionPeriod;
    return points.filter(({ run }) => run >= from && run < to);
  };
  const own = inPeriod(period).slice(-NEWEST_RUNS);
  if (own.length === 0) return null;
  for (let earlier = period - 1; earlier >= 0; earlier--) {
    const before = inPeriod(earlier).slice(-NEWEST_RUNS);
    if (before.length === 0) continue;
    const [from, to] = [before, own].map((side) => side.map(({ toll }) => toll.theta.estimate)) as [number[], number[]];
    const shift = hodgesLehmannTwoSample(from, to);
    return { points: own, against: { period: earlier, n: before.length, shift }, p: mannWhitneyTest(from, to).p };
  }
  return { points: own, against: null, p: null };
}

function entryOf({ points, against }: Draft, adjustedP: number | null, margin: number): MatrixEntry {
  const { ratio, tollNs } = levelOf(points);
  const common = { n: points.length, ratio, tollNs, against };
  if (against === null) return { ...common, verdict: "first", note: null };
  const fewest = Math.min(points.length, against.n);
  const word = judgeInterval(against.shift, margin, fewest);
  const claimsChange = word === "slower" || word === "faster";
  if (claimsChange && adjustedP !== null && adjustedP > FALSE_DISCOVERY_RATE) {
    return { ...common, verdict: "inconclusive", note: "among so many cells this may be chance" };
  }
  if (word !== "inconclusive") return { ...common, verdict: word, note: null };
  const lean = leaning(against.shift);
  const few =
    fewest < SMALLEST_N_FOR_VERDICT
      ? `${against.n} runs against ${points.length}, ${SMALLEST_N_FOR_VERDICT} of each are the least`
      : null;
  const notes = [lean === null ? null : `leans ${lean}`, few].filter((note) => note !== null);
  return { ...common, verdict: word, note: notes.length === 0 ? null : notes.join("; ") };
}
