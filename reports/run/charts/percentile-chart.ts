/**
 * Percentile curves on a 1/(1−p) axis, where each further nine has the same room. Drawn twice, over a logarithmic and a
 * linear scale; the page's script shows one of them, and without script the logarithmic one is seen.
 */
import { scaleLog } from "d3-scale";
import { area, line } from "d3-shape";
import { escapeHtml } from "../../html-text.js";
import type { CurvePoint, CurveSet } from "../percentile-curves.js";
import { duration } from "../../quantities.js";
import { roadColour } from "../../road-paint.js";
import { horizontalGrid, linearAxis, logAxis, type Axis } from "../../charts/axis.js";

const WIDTH = 1040;
const HEIGHT = 380;
const LEFT = 72;
const RIGHT = 120;
const TOP = 14;
const BOTTOM = HEIGHT - 40;

/** Levels with a label; those that no curve reaches are left out. */
const TICKS = [
  { level: 0, text: "0 %" },
  { level: 0.5, text: "50 %" },
  { level: 0.9, text: "90 %" },
  { level: 0.99, text: "99 %" },
  { level: 0.999, text: "99.9 %" },
  { level: 0.9999, text: "99.99 %" },
] as const;

/** @param id unique on the page */
export function percentileChart({ curves, method, quantity }: CurveSet, id: string): string {
  const points = curves.flatMap((curve) => curve.points);
  const low = Math.min(...points.map((point) => point.band?.lowNs ?? point.valueNs));
  const high = Math.max(...points.map((point) => point.band?.highNs ?? point.valueNs));
  const furthest = Math.max(...points.map((point) => point.level));
  const x = scaleLog([1, 1 / (1 - furthest)], [LEFT, WIDTH - RIGHT]);
  const at = (level: number): number => x(1 / (1 - level));
  const title = `${method}, ${quantity} time by percentile: ${curves.map(({ scenario, points: own }) => `${scenario.name} up to ${duration(own.at(-1)?.valueNs ?? 0)}`).join(", ")}`;
  return (
    `<svg class="wide" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(title)}</title>` +
    `${levelGrid(at, furthest)}${layer("log", curves, at, logAxis(low, high, BOTTOM, TOP))}` +
    `${layer("linear", curves, at, linearAxis(0, high, BOTTOM, TOP, 6))}</svg>`
  );
}

function levelGrid(at: (level: number) => number, furthest: number): string {
  return TICKS.filter(({ level }) => level <= furthest + 1e-9)
    .map(({ level, text }) => {
      const x = at(level).toFixed(1);
      return `<line class="grid" x1="${x}" x2="${x}" y1="${TOP}" y2="${BOTTOM}"/><text class="tick" x="${x}" y="${BOTTOM + 20}" text-anchor="middle">${text}</text>`;
    })
    .join("");
}

function layer(scale: "log" | "linear", curves: CurveSet["curves"], at: (level: number) => number, axis: Axis): string {
  const labels = labelHeights(curves.map(({ points }) => axis.at(points.at(-1)?.valueNs ?? 0)));
  const drawn = curves.map(({ scenario, points }, i) => {
    const colour = roadColour(scenario);
    const dash = scenario.twinOf === null ? "" : ' stroke-dasharray="5 4"';
    const last = points.at(-1)?.level ?? 0;
    return (
      `<g data-road="${escapeHtml(scenario.name)}">${bandPath(points, at, axis, colour)}` +
      `<path d="${linePath(points, at, axis)}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>` +
      `${points.map((point) => spot(scenario.name, point, at, axis)).join("")}` +
      `<text class="label" x="${(at(last) + 8).toFixed(1)}" y="${(labels[i] ?? 0).toFixed(1)}">${escapeHtml(scenario.name)}</text></g>`
    );
  });
  return `<g class="scale-${scale}">${horizontalGrid(axis, LEFT, WIDTH - RIGHT)}${drawn.join("")}</g>`;
}

function linePath(points: readonly CurvePoint[], at: (level: number) => number, axis: Axis): string {
  const path = line<CurvePoint>(
    (point) => at(point.level),
    (point) => axis.at(point.valueNs),
  ).digits(1);
  return path(points) ?? "";
}

function bandPath(points: readonly CurvePoint[], at: (level: number) => number, axis: Axis, colour: string): string {
  const path = area<CurvePoint>()
    .x((point) => at(point.level))
    .y0((point) => axis.at(point.band?.lowNs ?? point.valueNs))
    .y1((point) => axis.at(point.band?.highNs ?? point.valueNs))
    .digits(1);
  return points.every((point) => point.band === null)
    ? ""
    : `<path d="${path(points) ?? ""}" fill="${colour}" opacity=".16"/>`;
}

/** Unseen until the pointer is near: carries the numbers. */
function spot(name: string, { level, valueNs, band }: CurvePoint, at: (level: number) => number, axis: Axis): string {
  const bounds = band === null ? "" : ` [${duration(band.lowNs)}, ${duration(band.highNs)}]`;
  const text = `${name}, ${percentileText(level)}: ${duration(valueNs)}${bounds}`;
  return `<circle class="spot" cx="${at(level).toFixed(1)}" cy="${axis.at(valueNs).toFixed(1)}" r="7"><title>${escapeHtml(text)}</title></circle>`;
}

/** `p99`, `p99.9`, `p43.8` */
export function percentileText(level: number): string {
  const percent = level * 100;
  return `p${Number(percent.toFixed(percent > 99.9 ? 3 : percent > 99 ? 2 : 1))}`;
}

/** Labels at the curves' ends, pushed apart downwards and then back up into the figure. */
function labelHeights(wanted: readonly number[]): number[] {
  const order = wanted.map((y, i) => ({ y: y + 4, i })).sort((a, b) => a.y - b.y);
  const gap = 14;
  order.forEach((one, k) => (one.y = Math.max(one.y, (order[k - 1]?.y ?? -Infinity) + gap)));
  order.reverse().forEach((one, k) => (one.y = Math.min(one.y, k === 0 ? BOTTOM : (order[k - 1]?.y ?? BOTTOM) - gap)));
  const heights = wanted.map(() => 0);
  for (const { y, i } of order) heights[i] = y;
  return heights;
}
