/**
 * The knee of a latency-against-load curve: the rate at which rate ÷ mean response is greatest. That is Kleinrock's power
 * (1979), the point where a ray from the origin touches the curve. It does not depend on the scales of the axes, which
 * "where the curve bends" does; for M/M/1 it lies at half of the capacity.
 */
import type { CapacityPoint } from "./point.js";

export interface Knee {
  readonly rate: number;
  readonly meanResponseNs: number;
  /** No point beyond it was measured: the true knee may lie higher. */
  readonly isLast: boolean;
}

/** Over points that were met or missed; a rate with several trials counts by their median. Null with fewer than three rates. */
export function kneeOf(points: readonly CapacityPoint[]): Knee | null {
  const curve = [...new Set(points.map(({ rate }) => rate))]
    .sort((a, b) => a - b)
    .flatMap((rate) => {
      const means = points
        .filter((point) => point.rate === rate)
        .map((point) => point.measured?.response.meanNs ?? null)
        .filter((mean) => mean !== null)
        .sort((a, b) => a - b);
      const middle = means[Math.floor((means.length - 1) / 2)];
      return middle === undefined ? [] : [{ rate, meanNs: middle }];
    });
  if (curve.length < 3) return null;
  const best = curve.reduce((top, one) => (one.rate / one.meanNs > top.rate / top.meanNs ? one : top));
  return { rate: best.rate, meanResponseNs: best.meanNs, isLast: best === curve.at(-1) };
}
