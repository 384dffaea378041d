/**
 * When did a series of runs change its level? E-divisive over windows with a t-test for significance, as in Hunter and
 * Apache Otava (arXiv:2301.03034): weak points first, then the weakest are merged away until all that are left are
 * significant and large enough.
 *
 * Assumes: runs independent of each other and steady between changes. Neither is sure: of 100 null runs with a lag-1
 * autocorrelation of 0.5, 62 % show a point that is none (reference S §A8). Hence `lag1` stands beside the points, and a
 * change point never gates alone (METHOD §4.9).
 *
 * Easy to get wrong: a change of the fingerprint is no finding but a known break; the series is cut there first, and no
 * window reaches across. And the autocorrelation is that of what is left after the levels are taken off, since a step
 * alone already looks like correlation.
 */
import { studentTTwoSided } from "./distributions.js";
import { bestSplit, PairDistances } from "./e-divisive.js";
import { checkedSample } from "./sample.js";

/** Fewer runs than this and nothing is said. */
export const FEWEST_RUNS = 8;

export interface ChangePointOptions {
  /** Values per window; windows overlap by half. 50 unless told otherwise. */
  readonly window?: number;
  /** Largest p of a point that stays. 0.001 unless told otherwise. */
  readonly maxP?: number;
  /** Smallest change that stays, on the scale of the series; 0 unless told otherwise. */
  readonly minMagnitude?: number;
  /** Indices at which the fingerprint changed: each starts a new segment. */
  readonly breaks?: readonly number[];
  /**
   * Do exactly what Apache Otava does, for cross-checks: standard deviations with divisor n in the t-test (p too small
   * at small n), parts of a single value, relative magnitude (max of b/a − 1 and a/b − 1), and after a merge the two
   * points to the right recomputed instead of the two neighbours.
   */
  readonly otavaCompatible?: boolean;
}

export interface ChangePoint {
  /** First run of the new level. */
  readonly index: number;
  readonly meanBefore: number;
  readonly meanAfter: number;
  /** meanAfter − meanBefore; on ln tolls the log of the ratio. */
  readonly change: number;
  readonly p: number;
}

export type ChangePointAnalysis =
  | { readonly state: "too few"; readonly n: number; readonly needed: number }
  | {
      readonly state: "analysed";
      readonly points: readonly ChangePoint[];
      /** First index of every stretch of one level and one fingerprint, ascending from 0. The last is the stable range. */
      readonly levels: readonly number[];
      /** Lag-1 autocorrelation about those levels; null when nothing varies. Above 0.2 a point needs an interleaved run. */
      readonly lag1: number | null;
    };

/**
 * @param series one value per run in order of time, ln tolls unless compatible with Otava
 * @throws Fault on NaN or infinity
 */
export function findChangePoints(series: ArrayLike<number>, options: ChangePointOptions = {}): ChangePointAnalysis {
  const needed = options.otavaCompatible === true ? 2 : FEWEST_RUNS;
  if (series.length < needed) return { state: "too few", n: series.length, needed };
  const values = checkedSample(series, "runs");
  const starts = [...new Set([0, ...(options.breaks ?? [])])]
    .filter((index) => index >= 0 && index < values.length)
    .sort((a, b) => a - b);
  const rules = rulesOf(options);
  const points = starts.flatMap((start, i) =>
    pointsWithin(values.subarray(start, starts[i + 1] ?? values.length), rules).map((point) => ({
      ...point,
      index: point.index + start,
    })),
  );
  const levels = [...starts, ...points.map((point) => point.index)].sort((a, b) => a - b);
  return { state: "analysed", points, levels, lag1: lag1AboutLevels(values, levels) };
}

interface Rules {
  readonly window: number;
  readonly maxP: number;
  readonly minMagnitude: number;
  readonly minSide: number;
  readonly divisor: "n" | "n - 1";
  readonly magnitude: (point: ChangePoint) => number;
  /** Which points, counted from the one just removed, are tested anew. */
  readonly touched: readonly number[];
}

function rulesOf(options: ChangePointOptions): Rules {
  const { window = 50, maxP = 0.001, minMagnitude = 0 } = options;
  const common = { window, maxP, minMagnitude };
  return options.otavaCompatible === true
    ? { ...common, minSide: 1, divisor: "n", magnitude: relativeMagnitude, touched: [0, 1] }
    : { ...common, minSide: 4, divisor: "n - 1", magnitude: (point) => Math.abs(point.change), touched: [-1, 0] };
}

/** Otava's: the larger of both ways to put it, 0 where a side is 0. */
function relativeMagnitude({ meanBefore, meanAfter }: ChangePoint): number {
  const change = (from: number, to: number): number => (from === 0 ? 0 : Math.abs(to / from - 1));
  return Math.max(change(meanBefore, meanAfter), change(meanAfter, meanBefore));
}

function pointsWithin(segment: Float64Array, rules: Rules): ChangePoint[] {
  const weak = weakPoints(segment, rules);
  return mergeWeakest(
    weak.map((index, i) => testSplit(segment, weak[i - 1] ?? 0, index, weak[i + 1] ?? segment.length, rules.divisor)),
    segment,
    rules,
  );
}

/** Candidates from windows that move on by half their length, or to the last candidate found, at a relaxed p. */
function weakPoints(segment: Float64Array, rules: Rules): number[] {
  const relaxedP = rules.maxP < 0.05 ? rules.maxP * 10 : rules.maxP < 0.5 ? rules.maxP * 2 : rules.maxP;
  const step = Math.max(1, Math.floor(rules.window / 2));
  const found = new Set<number>();
  for (let start = 0; start < segment.length;) {
    const offset = start;
    const inWindow = divide(segment.subarray(offset, offset + rules.window), relaxedP, rules);
    for (const index of inWindow) found.add(index + offset);
    start = Math.max(offset + (inWindow.at(-1) ?? 0), offset + step);
  }
  return [...found].sort((a, b) => a - b);
}

/** E-divisive proper: split where Q̂ is largest over all parts, as long as that split is significant. */
function divide(window: Float64Array, maxP: number, rules: Rules): number[] {
  const distances = new PairDistances(window);
  const cuts: number[] = [];
  for (;;) {
    const edges = [0, ...cuts, window.length];
    const candidates = edges.slice(1).flatMap((to, i) => {
      const from = edges[i] as number;
      const split = bestSplit(distances, from, to, rules.minSide);
      return split === null ? [] : [{ from, to, ...split }];
    });
    if (candidates.length === 0) return cuts;
    const { from, index, to } = candidates.reduce((best, next) => (next.qHat > best.qHat ? next : best));
    if (testSplit(window, from, index, to, rules.divisor).p > maxP) return cuts;
    cuts.push(index);
    cuts.sort((a, b) => a - b);
  }
}

/** Drops the least significant point, then the smallest, until every one that is left passes both bounds. */
function mergeWeakest(points: ChangePoint[], segment: Float64Array, rules: Rules): ChangePoint[] {
  const left = [...points];
  while (left.length > 0) {
    let weakest = left.reduce((worst, point) => (point.p > worst.p ? point : worst));
    if (weakest.p < rules.maxP) {
      weakest = left.reduce((least, point) => (rules.magnitude(point) < rules.magnitude(least) ? point : least));
      if (rules.magnitude(weakest) > rules.minMagnitude) break;
    }
    const removed = left.indexOf(weakest);
    left.splice(removed, 1);
    for (const i of rules.touched.map((offset) => removed + offset)) {
      const point = left[i];
      if (point === undefined) continue;
      const [from, to] = [left[i - 1]?.index ?? 0, left[i + 1]?.index ?? segment.length];
      left[i] = testSplit(segment, from, point.index, to, rules.divisor);
    }
  }
  return left;
}

/** Student's t-test with pooled variance between [from, index) and [index, to). */
function testSplit(
  series: Float64Array,
  from: number,
  index: number,
  to: number,
  divisor: Rules["divisor"],
): ChangePoint {
  const [before, after] = [moments(series.subarray(from, index)), moments(series.subarray(index, to))];
  const change = after.mean - before.mean;
  const degrees = before.n + after.n - 2;
  // With divisor n each side's variance is too small by (n−1)/n, which the pooling below does not mend.
  const squares = (side: Moments): number => (divisor === "n" ? ((side.n - 1) / side.n) * side.squares : side.squares);
  const pooled = (squares(before) + squares(after)) / degrees;
  const t = change / Math.sqrt(pooled * (1 / before.n + 1 / after.n));
  const p = degrees < 1 || change === 0 ? 1 : studentTTwoSided(t, degrees);
  return { index, meanBefore: before.mean, meanAfter: after.mean, change, p };
}

interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
}

function moments(values: Float64Array): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { n: values.length, mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

function lag1AboutLevels(values: Float64Array, levels: readonly number[]): number | null {
  const residuals = values.slice();
  levels.forEach((from, i) => {
    const level = residuals.subarray(from, levels[i + 1] ?? values.length);
    const { mean } = moments(level);
    level.forEach((value, j) => (level[j] = value - mean));
  });
  const squares = residuals.reduce((sum, value) => sum + value * value, 0);
  if (squares === 0) return null;
  return residuals.reduce((sum, value, i) => (i === 0 ? sum : sum + value * (residuals[i - 1] as number)), 0) / squares;
}
