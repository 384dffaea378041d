/** An interval as a small figure inside a table row: zero line, margin band, whisker and estimate on a shared scale. */
import type { Comparison } from "../../results/comparison-shape.js";
import { linearAxis, type Axis } from "./axis.js";

const WIDTH = 124;
const HEIGHT = 22;

/** One scale for all rows of a table, so that their lengths can be compared by eye. */
export function glyphAxis(comparisons: readonly (Comparison | null)[]): Axis {
  const bounds = comparisons.flatMap((one) =>
    one?.absoluteNs === undefined || one.absoluteNs === null ? [] : [one.absoluteNs.low, one.absoluteNs.high],
  );
  return linearAxis(Math.min(0, ...bounds), Math.max(1, ...bounds), 8, WIDTH - 8, 4);
}

/** Decoration: the same numbers stand in the row as text. */
export function intervalGlyph(one: Comparison | null, axis: Axis): string {
  if (one?.absoluteNs === undefined || one.absoluteNs === null) return "";
  const { estimate, low, high } = one.absoluteNs;
  const [zero, from, to, at] = [0, low, high, estimate].map((value) => axis.at(value).toFixed(1));
  const marginNs = one.margin.fraction * (one.baselineNs ?? 0);
  const [left, right] = [axis.at(-marginNs), axis.at(marginNs)];
  return (
    `<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">` +
    `<rect class="band" x="${left.toFixed(1)}" y="2" width="${Math.max(0, right - left).toFixed(1)}" height="18"/>` +
    `<line class="zero" x1="${zero}" x2="${zero}" y1="0" y2="${HEIGHT}"/>` +
    `<path class="whisker" d="M${from} 11H${to}M${from} 7v8M${to} 7v8"/><circle cx="${at}" cy="11" r="3.6" fill="var(--ink)"/></svg>`
  );
}
