/**
 * The service level objective of a search, as text and as what it needs: so many calls that its quantile can be said.
 */
import type { Slo } from "../run-shape.js";
import { THRESHOLDS } from "../verdict-thresholds.js";
import { durationText } from "../verdict-words.js";

/** `p99 < 10 ms`. */
export function sloText({ quantile, limitNs }: Slo): string {
  return `${quantileName(quantile)} < ${durationText(limitNs)}`;
}

/** `p99`, `p99.9`. */
export function quantileName(quantile: number): string {
  return `p${Number((quantile * 100).toFixed(4))}`;
}

/** Calls of the headline method with which ten lie beyond the quantile (METHOD §4.2). */
export function callsNeeded({ quantile }: Slo): number {
  // 10 / (1 − 0.99) is 999.9999999999991 in doubles.
  return Math.ceil(THRESHOLDS.beyondInTrial / (1 - quantile) - 1e-6);
}
