/**
 * Curves over percentiles with bands and a label at each end: of latencies, or of ratios. Every mark knows its place on
 * both scales: `data-linear` is what the page's script puts in when the reader asks for it; without script the
 * logarithmic one is seen.
 */
import { area, line } from "d3-shape";
import { horizontalGrid, linearAxis, logAxis, type Axis } from "../../charts/axis.js";
import { escapeHtml } from "../../html-text.js";
import { labelHeights, levelAxis, levelGrid } from "./level-axis.js";

export interface ChartCurve {
  /** Stands at the curve's end. */
  readonly label: string;
  /** Roads it belongs to, by name: it goes when one of them is switched off. */
  readonly roads: readonly string[];
  /** CSS. */
  readonly colour: string;
  readonly isDashed: boolean;
  readonly points: readonly ChartPoint[];
}

export interface ChartPoint {
  readonly level: number;
  readonly value: number;
  readonly band: { readonly low: number; readonly high: number } | null;
  /** What the reader is told at this point. */
  readonly text: string;
}

export interface CurveChart {
  /** Unique on the page. */
  readonly id: string;
  /** For those who cannot see it. */
  readonly title: string;
  readonly curves: readonly ChartCurve[];
  readonly tickText?: (value: number) => string;
  /** Drawn strong: the line of no difference. */
  readonly level?: number;
}

const WIDTH = 1040;
const HEIGHT = 400;
const LEFT = 72;
const RIGHT = 150;
const TOP = 14;
const BOTTOM = HEIGHT - 38;

export function curveChart({ id, title, curves, tickText, level }: CurveChart): string {
  const points = curves.flatMap((curve) => curve.points);
  const marked = level === undefined ? [] : [level];
  const low = Math.min(...marked, ...points.map((point) => point.band?.low ?? point.value));
  const high = Math.max(...marked, ...points.map((point) => point.band?.high ?? point.value));
  const furthest = Math.max(...points.map((point) => point.level));
  const at = levelAxis(furthest, LEFT, WIDTH - RIGHT);
  const [log, linear] = [logAxis(low, high, BOTTOM, TOP), linearAxis(0, high, BOTTOM, TOP, 6)];
  const grid = (axis: Axis, scale: string): string =>
    `<g class="scale-${scale}">${horizontalGrid(axis, LEFT, WIDTH - RIGHT, tickText)}</g>`;
  return (
    `<svg class="wide chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(title)}</title>` +
    `${levelGrid(at, furthest, TOP, BOTTOM)}${grid(log, "log")}${grid(linear, "linear")}` +
    `${level === undefined ? "" : both("path", { class: "zero" }, "d", (axis) => `M${LEFT} ${axis.at(level).toFixed(1)}H${WIDTH - RIGHT}`, [log, linear])}` +
    `${drawn(curves, at, [log, linear])}</svg>`
  );
}

type Scales = readonly [log: Axis, linear: Axis];

function drawn(curves: readonly ChartCurve[], at: (level: number) => number, scales: Scales): string {
  const heights = scales.map((axis) =>
    labelHeights(
      curves.map(({ points }) => axis.at(points.at(-1)?.value ?? 0)),
      BOTTOM,
    ),
  );
  const heightOf = (axis: Axis, i: number): number => heights[scales.indexOf(axis)]?.[i] ?? 0;
  return curves
    .map(({ label, roads, colour, isDashed, points }, i) => {
      const end = points.at(-1);
      const leader = (axis: Axis): string =>
        `M${(at(end?.level ?? 0) + 3).toFixed(1)} ${axis.at(end?.value ?? 0).toFixed(1)}L${WIDTH - RIGHT + 10} ${heightOf(axis, i).toFixed(1)}`;
      const dash = isDashed ? { "stroke-dasharray": "5 4" } : {};
      return (
        `<g data-roads="${escapeHtml(roads.join(" "))}" style="--road:${colour}">${band(points, at, scales)}` +
        `${both("path", { class: "curve", ...dash }, "d", (axis) => linePath(points, at, axis), scales)}` +
        `${both("path", { class: "leader" }, "d", leader, scales)}` +
        `${both("text", { class: "label", x: `${WIDTH - RIGHT + 14}` }, "y", (axis) => (heightOf(axis, i) + 4).toFixed(1), scales, escapeHtml(label))}` +
        `${points.map((point) => spot(point, at, scales)).join("")}</g>`
      );
    })
    .join("");
}

/** One element with one attribute for each scale. */
function both(
  tag: string,
  attributes: Readonly<Record<string, string>>,
  varied: string,
  value: (axis: Axis) => string,
  [log, linear]: Scales,
  content = "",
): string {
  const fixed = Object.entries(attributes).map(([name, text]) => ` ${name}="${text}"`);
  return `<${tag}${fixed.join("")} ${varied}="${value(log)}" data-linear="${value(linear)}">${content}</${tag}>`;
}

function linePath(points: readonly ChartPoint[], at: (level: number) => number, axis: Axis): string {
  const path = line<ChartPoint>(
    (point) => at(point.level),
    (point) => axis.at(point.value),
  ).digits(1);
  return path(points) ?? "";
}

function band(points: readonly ChartPoint[], at: (level: number) => number, scales: Scales): string {
  if (points.every((point) => point.band === null)) return "";
  const path = (axis: Axis): string =>
    area<ChartPoint>()
      .x((point) => at(point.level))
      .y0((point) => axis.at(point.band?.low ?? point.value))
      .y1((point) => axis.at(point.band?.high ?? point.value))
      .digits(1)(points) ?? "";
  return both("path", { class: "spread" }, "d", path, scales);
}

/** Unseen until the reader is there: carries the numbers. */
function spot({ level, value, text }: ChartPoint, at: (level: number) => number, scales: Scales): string {
  const title = `<title>${escapeHtml(text)}</title>`;
  const fixed = { class: "spot", cx: at(level).toFixed(1), r: "6" };
  return both("circle", fixed, "cy", (axis) => axis.at(value).toFixed(1), scales, title);
}
