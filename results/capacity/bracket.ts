/**
 * What the points of one road say together: which rates are held, which are missed, and between which two the capacity
 * lies. The search asks this for its next rate, and whoever reads the record asks it for the result, so that the two
 * cannot disagree.
 *
 * A rate is held when more of its trials met the SLO than missed it. A miss counts at once when a full core explains it;
 * a miss without one may be a neighbour's burst of work and counts when it was seen twice. Until then the rate is open.
 */
import type { CapacityPoint } from "./point.js";

export type Standing = "held" | "missed" | "open";

type Point = Pick<CapacityPoint, "rate" | "outcome" | "isCertain">;

export interface RateTally {
  readonly rate: number;
  readonly met: number;
  readonly missed: number;
  readonly standing: Standing;
}

export interface Bracket {
  /** Largest held rate below the smallest missed one; null: none was held. */
  readonly low: RateTally | null;
  /** Smallest missed rate; null: none was missed. */
  readonly high: RateTally | null;
  /** Every rate that was judged, ascending. */
  readonly rates: readonly RateTally[];
}

/** Trials at one rate after which a tie counts as missed: it is tried no further. */
const ENOUGH_TRIALS = 4;

/** Points that are void or too short for the quantile say nothing here. */
export function bracketOf(points: readonly Point[]): Bracket {
  const judged = points.filter(({ outcome }) => outcome === "met" || outcome === "missed");
  const rates = [...new Set(judged.map(({ rate }) => rate))]
    .sort((a, b) => a - b)
    .map((rate) =>
      tallyOf(
        rate,
        judged.filter((point) => point.rate === rate),
      ),
    );
  const high = rates.find(({ standing }) => standing === "missed") ?? null;
  const low = rates.findLast(({ rate, standing }) => standing === "held" && rate < (high?.rate ?? Infinity)) ?? null;
  return { low, high, rates };
}

function tallyOf(rate: number, points: readonly Point[]): RateTally {
  const met = points.filter(({ outcome }) => outcome === "met").length;
  const missed = points.length - met;
  return { rate, met, missed, standing: standingOf(met, missed, points) };
}

function standingOf(met: number, missed: number, points: readonly Point[]): Standing {
  if (met > missed) return "held";
  if (met + missed >= ENOUGH_TRIALS) return "missed";
  if (met === missed) return "open";
  const isExplained = points.some(({ outcome, isCertain }) => outcome === "missed" && isCertain);
  return isExplained || missed > 1 ? "missed" : "open";
}
