/**
 * The tolls of two runs side by side: on the left each toll then and now on one scale, on the right by how much it moved,
 * with the margin within which a change counts as none. Whiskers are exact intervals.
 */
import type { AcrossCell } from "../../results/across/across-shape.js";
import type { Interval } from "../../results/comparison-shape.js";
import { escapeHtml } from "../html-text.js";
import { ratioInterval, signedDuration } from "../quantities.js";
import { linearAxis, verticalGrid, type Axis } from "./axis.js";

export interface ShiftLine {
  readonly label: string;
  readonly cell: AcrossCell;
  /** A CSS colour: the candidate road's. */
  readonly colour: string;
}

const WIDTH = 1040;
const LEFT = 176;
const SPLIT = 580;
const RIGHT = 664;
const END = WIDTH - 24;
const ROW = 58;
const TOP = 34;

/** Null when no line has both tolls and a change. @param id unique on the page */
export function tollShifts(lines: readonly ShiftLine[], id: string): string | null {
  const drawn = lines.filter(({ cell }) => cell.shift !== null && tollOf(cell.before) && tollOf(cell.after));
  if (drawn.length === 0) return null;
  const bottom = TOP + drawn.length * ROW;
  const tolls = drawn.flatMap(({ cell }) => [tollOf(cell.before), tollOf(cell.after)].filter((one) => one !== null));
  const moved = drawn.flatMap(({ cell: { shift, margin } }) => [
    ...(shift === null ? [] : [shift.ratio.low - 1, shift.ratio.high - 1]),
    ...[-margin.fraction, margin.fraction],
  ]);
  const left = linearAxis(least(tolls.map(({ low }) => low)), most(tolls.map(({ high }) => high)), LEFT, SPLIT, 6);
  const right = linearAxis(least(moved), most(moved), RIGHT, END, 5);
  const rows = drawn.map((line, i) => rowMarks(line, TOP + i * ROW, left, right)).join("");
  return (
    `<svg class="wide chart" viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(describe(drawn))}</title>` +
    `<text class="sub" x="${LEFT}" y="16">toll of a call: ○ then, ● now</text><text class="sub" x="${RIGHT}" y="16">how far the ratio to its baseline moved</text>` +
    `${verticalGrid(left, TOP - 8, bottom)}${percentGrid(right, TOP - 8, bottom)}${rows}</svg>`
  );
}

const tollOf = (side: AcrossCell["before"]): Interval | null => side?.tollNs ?? null;
const least = (values: readonly number[]): number => Math.min(0, ...values);
const most = (values: readonly number[]): number => Math.max(0, ...values);

function rowMarks({ label, cell, colour }: ShiftLine, y: number, left: Axis, right: Axis): string {
  const { shift, margin } = cell;
  const [then, now] = [tollOf(cell.before), tollOf(cell.after)];
  if (shift === null || then === null || now === null) return "";
  const [upper, lower] = [y + 16, y + 36];
  const { low, high, estimate } = shift.ratio;
  const band = [right.at(-margin.fraction), right.at(margin.fraction)] as const;
  return (
    `<g><title>${escapeHtml(describeLine({ label, cell, colour }))}</title>` +
    `<text class="strong" x="${LEFT - 14}" y="${y + 22}" text-anchor="end">${escapeHtml(label)}</text>` +
    `<text class="sub" x="${LEFT - 14}" y="${y + 38}" text-anchor="end">${escapeHtml(cell.verdict)}</text>` +
    mark(then, upper, left, `fill="var(--card)" stroke="${colour}" stroke-width="2"`) +
    mark(now, lower, left, `fill="${colour}"`) +
    `<rect class="band" x="${band[0].toFixed(1)}" y="${y + 8}" width="${(band[1] - band[0]).toFixed(1)}" height="36"/>` +
    `<line class="zero" x1="${right.at(0).toFixed(1)}" x2="${right.at(0).toFixed(1)}" y1="${y + 4}" y2="${y + 48}"/>` +
    mark({ estimate: estimate - 1, low: low - 1, high: high - 1 }, y + 26, right, `fill="var(--ink)"`) +
    "</g>"
  );
}

function mark({ estimate, low, high }: Interval, y: number, axis: Axis, dot: string): string {
  const [from, to, at] = [low, high, estimate].map((value) => axis.at(value).toFixed(1));
  return `<path class="whisker" d="M${from} ${y}H${to}M${from} ${y - 4}v8M${to} ${y - 4}v8"/><circle cx="${at}" cy="${y}" r="4.6" ${dot}/>`;
}

function percentGrid(axis: Axis, top: number, bottom: number): string {
  return axis.ticks
    .map((tick) => {
      const x = axis.at(tick).toFixed(1);
      const percent = Number((tick * 100).toPrecision(6));
      const text = percent > 0 ? `+${percent} %` : `${String(percent).replace("-", "−")} %`;
      return `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/><text class="tick" x="${x}" y="${bottom + 18}" text-anchor="middle">${text}</text>`;
    })
    .join("");
}

function describe(lines: readonly ShiftLine[]): string {
  return `Tolls of two runs: ${lines.map(describeLine).join("; ")}`;
}

function describeLine({ label, cell: { before, after, shift, verdict } }: ShiftLine): string {
  const [then, now] = [tollOf(before), tollOf(after)].map((one) => signedDuration(one?.estimate ?? 0));
  return `${label} ${then} then, ${now} now, ${shift === null ? "" : ratioInterval(shift.ratio)}, ${verdict}`;
}
