/** Axes as the figures need them: a linear or logarithmic scale over durations, with round ticks and faint lines. */
import { scaleLinear, scaleLog } from "d3-scale";
import { duration } from "../quantities.js";

export interface Axis {
  readonly at: (valueNs: number) => number;
  readonly ticks: readonly number[];
}

export function linearAxis(lowNs: number, highNs: number, from: number, to: number, count: number): Axis {
  const scale = scaleLinear().domain([lowNs, highNs]).nice(count).range([from, to]);
  return { at: (value) => scale(value), ticks: scale.ticks(count) };
}

/** Ticks at 1, 2 and 5 of each decade; evenly spaced ones where the values span less than a decade. */
export function logAxis(lowNs: number, highNs: number, from: number, to: number): Axis {
  const [low, high] = [lowNs * 0.92, highNs * 1.08];
  const scale = scaleLog().domain([low, high]).range([from, to]);
  const ticks = high / low < 10 ? scaleLinear().domain([low, high]).ticks(6) : stepTicks(low, high);
  return { at: (value) => scale(value), ticks };
}

function stepTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++) {
    for (const step of [1, 2, 5]) {
      const tick = step * 10 ** decade;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** A tick without digits that say nothing: `50 µs`, `1.5 ms`. */
function tickText(valueNs: number): string {
  return duration(valueNs)
    .replace(/\.0+(?= )/, "")
    .replace(/(\.\d*[1-9])0+(?= )/, "$1");
}

export function verticalGrid(axis: Axis, top: number, bottom: number): string {
  return axis.ticks
    .map((tick) => {
      const x = axis.at(tick).toFixed(1);
      return `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/><text class="tick" x="${x}" y="${bottom + 18}" text-anchor="middle">${tickText(tick)}</text>`;
    })
    .join("");
}

/** @param text how a tick is written; as a duration unless told otherwise */
export function horizontalGrid(axis: Axis, left: number, right: number, text = tickText): string {
  return axis.ticks
    .map((tick) => {
      const y = axis.at(tick).toFixed(1);
      return `<line class="grid" x1="${left}" x2="${right}" y1="${y}" y2="${y}"/><text class="tick" x="${left - 8}" y="${(axis.at(tick) + 4).toFixed(1)}" text-anchor="end">${text(tick)}</text>`;
    })
    .join("");
}
