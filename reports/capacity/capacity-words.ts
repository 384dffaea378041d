/** Words and figures of capacity reports, the same in every form. */
import type { Interval } from "../../results/comparison-shape.js";
import type { RoadCapacity } from "../../results/capacity/road-capacity.js";
import { count, significant } from "../quantities.js";

/** A shape beside the word, so that no meaning hangs on colour. */
export const OUTCOME_MARKS = { met: "●", missed: "✕", void: "–", "too few calls": "○" } as const;

/** `12,400/s`. */
export function rate(perSecond: number): string {
  return `${perSecond < 10 ? significant(perSecond) : count(perSecond)}/s`;
}

/** Busy ns per second as cores: `0.42`. */
export function cores(nsPerSecond: number): string {
  return significant(nsPerSecond / 1e9);
}

/** `2 [2, 3]`; one number where all three agree. */
export function wholeInterval({ estimate, low, high }: Interval): string {
  return low === high ? count(estimate) : `${count(estimate)} [${count(low)}, ${count(high)}]`;
}

/** Three significant digits, with bounds: `6.20 [5.98, 6.51]`. */
export function figureInterval({ estimate, low, high }: Interval): string {
  return `${significant(estimate)} [${significant(low)}, ${significant(high)}]`;
}

/** Money in small amounts: `0.0057`, `0.42`, `12.30`. */
export function money(value: number): string {
  if (value === 0) return "0";
  return value >= 1 ? value.toFixed(2) : Number(value.toPrecision(2)).toString();
}

export function moneyInterval({ estimate, low, high }: Interval): string {
  return `${money(estimate)} [${money(low)}, ${money(high)}]`;
}

/** The largest rate at the SLO, or why there is none. */
export function capacityText({ capacity }: RoadCapacity): string {
  if (capacity !== null) {
    return capacity.below === null ? `≥ ${rate(capacity.rate)}` : rate(capacity.rate);
  }
  return "none";
}

/** What is known of it: `met in 3 of 3 trials; missed from 12,650/s`. */
export function capacityBasis({ capacity, bracket, end }: RoadCapacity): string {
  const { low, high } = bracket;
  if (low === null) return high === null ? "" : `missed from ${rate(high.rate)}`;
  const trials = low.met + low.missed;
  const held = `met in ${low.met} of ${trials} trial${trials === 1 ? "" : "s"} at ${rate(low.rate)}`;
  const confirmed = capacity !== null && !capacity.isConfirmed ? " (not confirmed)" : "";
  if (high !== null) return `${held}${confirmed}; missed from ${rate(high.rate)}`;
  return end === "not-reached" ? `${held}${confirmed}; nothing higher was tried` : held;
}
