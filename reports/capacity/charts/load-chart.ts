/**
 * Response against load, both over their logarithms: one curve a quantile and road through the medians of each rate, a
 * mark for every trial by what became of it, the SLO as a line, knees as rings.
 */
import { line } from "d3-shape";
import type { CapacityPoint } from "../../../results/capacity/point.js";
import type { Knee } from "../../../results/capacity/knee.js";
import { horizontalGrid, logAxis, type Axis } from "../../charts/axis.js";
import { escapeHtml } from "../../html-text.js";
import { count, duration } from "../../quantities.js";
import { rate } from "../capacity-words.js";
import { gridBelow, logRateAxis } from "./rate-grid.js";

export interface LoadCurve {
  /** `l7, p99`. */
  readonly name: string;
  readonly colour: string;
  readonly isThin: boolean;
  readonly points: readonly CurvePoint[];
  readonly knee: Knee | null;
}

export interface CurvePoint {
  readonly rate: number;
  readonly valueNs: number;
  readonly outcome: CapacityPoint["outcome"];
}

export interface LoadChart {
  /** What the figure shows, for those who cannot see it. */
  readonly title: string;
  readonly curves: readonly LoadCurve[];
  readonly slo: { readonly limitNs: number; readonly text: string };
}

const WIDTH = 1040;
const HEIGHT = 330;
const LEFT = 72;
const RIGHT = 24;
const TOP = 14;
const BOTTOM = HEIGHT - 46;

/** Null without a point to draw. @param id unique on the page */
export function loadChart({ title, curves, slo }: LoadChart, id: string): string | null {
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return null;
  const rates = points.map((point) => point.rate);
  const values = points.map((point) => point.valueNs);
  const x = logRateAxis(Math.min(...rates), Math.max(...rates), LEFT, WIDTH - RIGHT);
  const y = logAxis(Math.min(...values, slo.limitNs), Math.max(...values, slo.limitNs), BOTTOM, TOP);
  const sloY = y.at(slo.limitNs).toFixed(1);
  return (
    `<svg class="wide chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(title)}</title>` +
    gridBelow(x, TOP, BOTTOM, count) +
    horizontalGrid(y, LEFT, WIDTH - RIGHT) +
    `<text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">calls per second</text>` +
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${sloY}" y2="${sloY}" stroke="var(--bad)" stroke-width="1.6" stroke-dasharray="7 4"/>` +
    `<text class="label halo" x="${LEFT + 8}" y="${(y.at(slo.limitNs) - 6).toFixed(1)}">SLO ${escapeHtml(slo.text)}</text>` +
    `${curves.map((curve) => drawn(curve, x, y)).join("")}</svg>`
  );
}

function drawn({ name, colour, isThin, points, knee }: LoadCurve, x: Axis, y: Axis): string {
  const path = line<CurvePoint>(
    (point) => x.at(point.rate),
    (point) => y.at(point.valueNs),
  ).digits(1);
  const stroke = isThin ? 'stroke-width="1.3" stroke-dasharray="2 3"' : 'stroke-width="2"';
  const marks = points.map((point) => mark(name, point, colour, x, y)).join("");
  return `<g><path d="${path(medians(points)) ?? ""}" fill="none" stroke="${colour}" ${stroke}/>${marks}${kneeRing(name, points, knee, x, y)}</g>`;
}

/** One point a rate, ascending: the upper of the two middle trials where their number is even. */
function medians(points: readonly CurvePoint[]): CurvePoint[] {
  return [...new Set(points.map((point) => point.rate))]
    .sort((a, b) => a - b)
    .flatMap((at) => {
      const own = points.filter((point) => point.rate === at).sort((a, b) => a.valueNs - b.valueNs);
      return own[own.length >> 1] ?? [];
    });
}

function mark(name: string, { rate: at, valueNs, outcome }: CurvePoint, colour: string, x: Axis, y: Axis): string {
  const [cx, cy] = [x.at(at), y.at(valueNs)];
  const title = `<title>${escapeHtml(`${name}, ${rate(at)}: ${duration(valueNs)}, ${outcome}`)}</title>`;
  if (outcome === "missed") {
    const d = `M${(cx - 4).toFixed(1)} ${(cy - 4).toFixed(1)}l8 8m-8 0l8 -8`;
    return `<path d="${d}" stroke="${colour}" stroke-width="2" fill="none">${title}</path>`;
  }
  const fill = outcome === "met" ? colour : "var(--card)";
  return `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="3.4" fill="${fill}" stroke="${colour}">${title}</circle>`;
}

function kneeRing(name: string, points: readonly CurvePoint[], knee: Knee | null, x: Axis, y: Axis): string {
  const at = medians(points).find((point) => point.rate === knee?.rate);
  if (knee === null || at === undefined) return "";
  const text = `${name}: knee at ${knee.isLast ? "or beyond " : ""}${rate(knee.rate)}`;
  return `<circle cx="${x.at(at.rate).toFixed(1)}" cy="${y.at(at.valueNs).toFixed(1)}" r="9" fill="none" stroke="var(--ink)" stroke-width="1.5"><title>${escapeHtml(text)}</title></circle>`;
}
