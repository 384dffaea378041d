/**
 * Which rate comes next on one road: doubling until a rate is missed, bisection until the smallest missed rate lies
 * within the precision of the largest held one, fresh trials at that rate, and what the CPU line still lacks.
 *
 * A pure function of the points so far, so that a search that was cut short goes on where it stood, and the same points
 * always lead to the same end. Each step adds a point and points are counted, so that no road is searched for ever.
 */
import { bracketOf, type RateTally } from "../../results/capacity/bracket.js";
import { LEAST_RATES, ratesOfLine } from "../../results/capacity/cpu-line.js";
import type { CapacityPoint } from "../../results/capacity/point.js";
import { CONFIRMED_BY, roadEnd, tellsCapacity } from "../../results/capacity/road-capacity.js";
import type { SearchDesign } from "../../results/run-shape.js";

export type Step =
  | { readonly kind: "measure"; readonly rate: number; readonly stage: Stage }
  /** spent: as many points as a road may have. void: nothing that is measured there can be believed. */
  | { readonly kind: "ended"; readonly why: "done" | "spent" | "void" };

/** again: the point before said nothing. */
export type Stage = "doubling" | "bisecting" | "confirming" | "CPU line" | "again";

/** After so many points in a row that say nothing the road is given up. */
const VOIDS_IN_A_ROW = 3;

/** @param mostPoints a road's at most */
export function nextStep(points: readonly CapacityPoint[], search: SearchDesign, mostPoints: number): Step {
  const ended = (why: "done" | "spent" | "void"): Step => ({ kind: "ended", why });
  const last = points.at(-1);
  const saysNothing = ({ outcome, rate }: CapacityPoint): boolean =>
    outcome === "void" || (outcome === "too few calls" && rate >= search.leastRate);
  if (points.slice(-VOIDS_IN_A_ROW).filter(saysNothing).length === VOIDS_IN_A_ROW) return ended("void");
  if (points.length >= mostPoints) return ended("spent");
  if (last !== undefined && saysNothing(last)) return { kind: "measure", rate: last.rate, stage: "again" };
  return searched(points, search) ?? lineStep(points, search) ?? ended("done");
}

function searched(points: readonly CapacityPoint[], search: SearchDesign): Step | null {
  const { low, high, rates } = bracketOf(points);
  const doubling = (rate: number): Step => ({ kind: "measure", rate, stage: "doubling" });
  const open = rates.find(({ rate, standing }) => standing === "open" && isBetween(rate, low, high));
  if (open !== undefined) return { kind: "measure", rate: open.rate, stage: high === null ? "doubling" : "bisecting" };
  if (low === null && high === null) return doubling(search.startRate);
  if (low === null) {
    const lower = Math.max(search.leastRate, Math.round((high?.rate ?? 0) / 2));
    return lower < (high?.rate ?? 0) ? doubling(lower) : null;
  }
  if (high === null && low.rate < search.maxRate) return doubling(Math.min(search.maxRate, low.rate * 2));
  const middle = high === null ? low.rate : Math.round(Math.sqrt(low.rate * high.rate));
  const isWide = high !== null && high.rate > low.rate * (1 + search.precision);
  if (isWide && middle > low.rate && middle < high.rate) return { kind: "measure", rate: middle, stage: "bisecting" };
  if (low.met >= CONFIRMED_BY || !tellsCapacity(roadEnd(points))) return null;
  return { kind: "measure", rate: low.rate, stage: "confirming" };
}

function isBetween(rate: number, low: RateTally | null, high: RateTally | null): boolean {
  return rate > (low?.rate ?? 0) && rate < (high?.rate ?? Infinity);
}

/** Below what was held, where the line has gaps; each of these rates is tried once. */
const LINE_FRACTIONS = [0.5, 0.75, 0.25, 0.625, 0.875, 0.375, 0.125];
/** Two rates nearer to each other than this are one for the line. */
const APART = 0.05;

function lineStep(points: readonly CapacityPoint[], search: SearchDesign): Step | null {
  if (ratesOfLine(points).length >= LEAST_RATES) return null;
  const { low, high } = bracketOf(points);
  const top = low?.rate ?? high?.rate ?? search.startRate;
  const rate = LINE_FRACTIONS.map((fraction) => Math.max(1, Math.round(top * fraction))).find((wanted) =>
    points.every((point) => Math.abs(point.rate - wanted) > APART * wanted),
  );
  return rate === undefined ? null : { kind: "measure", rate, stage: "CPU line" };
}
