/**
 * Many comparisons at once. Both functions return adjusted p-values in the order in which the p-values came, to be held
 * against α as they are.
 *
 * Easy to get wrong: the running maximum (Holm) and minimum (Benjamini-Hochberg); without them a larger p can come out
 * with a smaller adjusted one. Ties, empty and one-element families need no special case.
 */
import { Fault } from "../../loadgen/fault.js";

/**
 * Holm 1979: p̃(i) = max over j ≤ i of min(1, (m−j+1)·p(j)). Bounds the chance of even one false alarm in the family,
 * whatever the dependence between its members: for declared gates.
 * @throws Fault on a p outside [0, 1] or NaN
 */
export function holm(ps: readonly number[]): number[] {
  const order = ascendingOrder(ps);
  const adjusted = new Array<number>(ps.length);
  let running = 0;
  order.forEach((index, i) => {
    running = Math.max(running, Math.min(1, (ps.length - i) * (ps[index] as number)));
    adjusted[index] = running;
  });
  return adjusted;
}

/**
 * Benjamini and Hochberg 1995: p̃(i) = min over j ≥ i of min(1, m·p(j)/j). Bounds the expected share of false alarms
 * among those raised, for independent or positively dependent tests: for the exploratory matrix.
 * @throws Fault on a p outside [0, 1] or NaN
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const order = ascendingOrder(ps);
  const adjusted = new Array<number>(ps.length);
  let running = 1;
  for (let i = order.length - 1; i >= 0; i--) {
    const index = order[i] as number;
    running = Math.min(running, ((ps[index] as number) * ps.length) / (i + 1));
    adjusted[index] = running;
  }
  return adjusted;
}

function ascendingOrder(ps: readonly number[]): number[] {
  const bad = ps.findIndex((p) => !(p >= 0 && p <= 1));
  if (bad >= 0) {
    throw new Fault({
      fact: "a p-value is not a probability",
      expected: "a number from 0 to 1",
      seen: `${ps[bad]} at position ${bad + 1} of ${ps.length}`,
    });
  }
  return ps.map((_, index) => index).sort((i, j) => (ps[i] as number) - (ps[j] as number));
}
