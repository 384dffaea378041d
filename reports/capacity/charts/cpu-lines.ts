/** CPU over the rate, one line a road: the points it rests on, and a fan between the bounds of its slope. */
import type { CpuLine } from "../../../results/capacity/cpu-line.js";
import { topOfLine } from "../../../results/capacity/cpu-line.js";
import { linearAxis, type Axis } from "../../charts/axis.js";
import { escapeHtml } from "../../html-text.js";
import { count, duration, significant } from "../../quantities.js";
import { cores, rate } from "../capacity-words.js";
import { gridBelow, gridBeside, rateAxis } from "./rate-grid.js";

export interface DrawnLine {
  readonly name: string;
  readonly colour: string;
  readonly line: CpuLine;
}

const WIDTH = 1040;
const HEIGHT = 330;
const LEFT = 72;
const RIGHT = 24;
const TOP = 14;
const BOTTOM = HEIGHT - 46;

/** Null without a line. @param id unique on the page */
export function cpuLinesChart(lines: readonly DrawnLine[], id: string): string | null {
  if (lines.length === 0) return null;
  const points = lines.flatMap(({ line }) => line.points);
  const x = rateAxis(Math.max(...points.map((point) => point.completedPerSecond)), LEFT, WIDTH - RIGHT);
  const y = linearAxis(0, Math.max(...points.map((point) => point.nsPerSecond)), BOTTOM, TOP, 6);
  const title = `Busy cores over calls per second: ${lines.map(({ name, line }) => `${name} ${duration(line.perCallNs.estimate)} a call`).join(", ")}`;
  return (
    `<svg class="wide chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(title)}</title>` +
    gridBelow(x, TOP, BOTTOM, count) +
    gridBeside(y, LEFT, WIDTH - RIGHT, (value) => significant(value / 1e9)) +
    `<text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">calls per second</text>` +
    `<text class="tick" x="${LEFT}" y="10">busy cores, all but the generator</text>` +
    `${lines.map((one) => drawn(one, x, y)).join("")}</svg>`
  );
}

function drawn({ name, colour, line }: DrawnLine, x: Axis, y: Axis): string {
  const top = topOfLine(line);
  const { fixedNsPerSecond: fixed, perCallNs: slope } = line;
  const at = (rateThere: number, from: number, tilt: number): string =>
    `${x.at(rateThere).toFixed(1)} ${Math.min(BOTTOM, Math.max(TOP, y.at(from + tilt * rateThere))).toFixed(1)}`;
  // The flatter line begins higher: the two bounds cross in the middle of the points.
  const fan = `M${at(0, fixed.low, slope.high)}L${at(top, fixed.low, slope.high)}L${at(top, fixed.high, slope.low)}L${at(0, fixed.high, slope.low)}Z`;
  const title = `${name}: ${cores(fixed.estimate)} cores + ${duration(slope.estimate)} a call`;
  return (
    `<g><path d="${fan}" fill="${colour}" opacity=".16"/>` +
    `<path d="M${at(0, fixed.estimate, slope.estimate)}L${at(top, fixed.estimate, slope.estimate)}" stroke="${colour}" stroke-width="2" fill="none"><title>${escapeHtml(title)}</title></path>` +
    `${line.points.map((point) => spot(name, point, colour, x, y)).join("")}</g>`
  );
}

function spot(
  name: string,
  { completedPerSecond, nsPerSecond }: CpuLine["points"][number],
  colour: string,
  x: Axis,
  y: Axis,
): string {
  const title = `${name}, ${rate(completedPerSecond)}: ${cores(nsPerSecond)} cores`;
  return `<circle cx="${x.at(completedPerSecond).toFixed(1)}" cy="${y.at(nsPerSecond).toFixed(1)}" r="3.4" fill="${colour}"><title>${escapeHtml(title)}</title></circle>`;
}
