/** The grid under a figure over rates: a line and a word a tick, whatever the axis counts. */
import { scaleLinear, scaleLog } from "d3-scale";
import type { Axis } from "../../charts/axis.js";

/** Rates from 0. */
export function rateAxis(highest: number, from: number, to: number): Axis {
  const scale = scaleLinear().domain([0, highest]).nice(8).range([from, to]);
  return { at: (value) => scale(value), ticks: scale.ticks(8) };
}

/** Rates over their logarithm; ticks at 1, 2 and 5 of each decade. */
export function logRateAxis(lowest: number, highest: number, from: number, to: number): Axis {
  const scale = scaleLog()
    .domain([lowest * 0.9, highest * 1.1])
    .range([from, to]);
  const steps = scale.ticks(20).filter((tick) => /^[125]/.test(tick.toExponential()));
  return { at: (value) => scale(value), ticks: steps.length < 2 ? scale.ticks(4) : steps };
}

/** A tick whose word would touch that of the one before it has a line only. */
export function gridBelow(axis: Axis, top: number, bottom: number, word: (value: number) => string): string {
  let free = -Infinity;
  return axis.ticks
    .map((tick) => {
      const at = axis.at(tick);
      const x = at.toFixed(1);
      const half = (word(tick).length * CHARACTER_WIDTH) / 2;
      const fits = at - half > free;
      if (fits) free = at + half + CHARACTER_WIDTH;
      const text = fits
        ? `<text class="tick" x="${x}" y="${bottom + 18}" text-anchor="middle">${word(tick)}</text>`
        : "";
      return `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/>${text}`;
    })
    .join("");
}

/** Of the font of ticks, at most. */
const CHARACTER_WIDTH = 7;

export function gridBeside(axis: Axis, left: number, right: number, word: (value: number) => string): string {
  return axis.ticks
    .map((tick) => {
      const y = axis.at(tick);
      return `<line class="grid" x1="${left}" x2="${right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/><text class="tick" x="${left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${word(tick)}</text>`;
    })
    .join("");
}
