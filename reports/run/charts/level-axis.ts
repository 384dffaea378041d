/** The axis of percentiles: 1/(1−p), logarithmic, so that each further nine has the same room; and labels at curves' ends. */
import { scaleLog } from "d3-scale";

/** Levels with a label; those that no curve reaches are left out. */
const TICKS = [
  { level: 0, text: "fastest" },
  { level: 0.5, text: "p50" },
  { level: 0.9, text: "p90" },
  { level: 0.99, text: "p99" },
  { level: 0.999, text: "p99.9" },
  { level: 0.9999, text: "p99.99" },
] as const;

/** @param furthest the highest level that is drawn, below 1 */
export function levelAxis(furthest: number, left: number, right: number): (level: number) => number {
  const scale = scaleLog([1, 1 / (1 - furthest)], [left, right]);
  return (level) => scale(1 / (1 - level));
}

export function levelGrid(at: (level: number) => number, furthest: number, top: number, bottom: number): string {
  return TICKS.filter(({ level }) => level <= furthest + 1e-9)
    .map(({ level, text }) => {
      const x = at(level).toFixed(1);
      return `<path class="grid" d="M${x} ${top}V${bottom}"/><text class="tick" x="${x}" y="${bottom + 20}" text-anchor="middle">${text}</text>`;
    })
    .join("");
}

/** `p99`, `p99.9`, `p43.8` */
export function percentileText(level: number): string {
  const percent = level * 100;
  return `p${Number(percent.toFixed(percent > 99.9 ? 3 : percent > 99 ? 2 : 1))}`;
}

const GAP = 15;

/** Heights of labels beside curves that end at `wanted`: pushed apart downwards, then back up into the figure. */
export function labelHeights(wanted: readonly number[], bottom: number): number[] {
  const order = wanted.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  order.forEach((one, k) => (one.y = Math.max(one.y, (order[k - 1]?.y ?? -Infinity) + GAP)));
  order.reverse().forEach((one, k) => (one.y = Math.min(one.y, k === 0 ? bottom : (order[k - 1]?.y ?? bottom) - GAP)));
  const heights = wanted.map(() => 0);
  for (const { y, i } of order) heights[i] = y;
  return heights;
}
