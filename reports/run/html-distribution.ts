/** The figures over percentiles: latency of each road, and how much slower one is than another. */
import { foldedNumbers, type NumbersColumn } from "../html-numbers.js";
import { escapeHtml, htmlFigure, htmlSection } from "../html-text.js";
import { count, duration, ratio } from "../quantities.js";
import { roadColour } from "../road-paint.js";
import { curveChart } from "./charts/curve-chart.js";
import { percentileText } from "./charts/level-axis.js";
import { pairText } from "./html-tolls.js";
import type { Curve, CurvePoint, CurveSet } from "./percentile-curves.js";
import type { RatioCurve, RatioPoint, RatioSet } from "./ratio-curves.js";
import type { ReportModel } from "./report-model.js";

export function distributionSection({ curves: sets }: ReportModel): string {
  if (sets.length === 0) return "";
  return htmlSection(
    "The whole distribution",
    "How many calls took how long, from all trials of a road together; each further nine has the same room. Bands are drawn over blocks and decide nothing; a curve ends where fewer than 100 calls lie beyond it.",
    sets.map(curveFigure).join(""),
  );
}

export function ratioSection({ ratios: sets }: ReportModel): string {
  if (sets.length === 0) return "";
  return htmlSection(
    "How many times as long, at each percentile",
    "The candidate's percentile divided by its baseline's, from the same blocks. Flat: the road is slower by a factor. Falling: it adds a constant, which matters less to calls that are slow anyway. Bands are drawn over blocks and decide nothing.",
    sets.map(ratioFigure).join(""),
  );
}

function curveFigure(set: CurveSet): string {
  const { view, title, method, quantity, curves } = set;
  const caption = `${method}, ${quantity} time by percentile`;
  const chart = curveChart({
    id: `curves-${slug(view)}`,
    title: `${caption}: ${curves.map(({ scenario, points }) => `${scenario.name} up to ${duration(points.at(-1)?.valueNs ?? 0)}`).join(", ")}`,
    curves: curves.map(({ scenario, points }) => ({
      label: scenario.name,
      roads: [scenario.name],
      colour: roadColour(scenario),
      isDashed: scenario.twinOf !== null,
      points: points.map((point) => ({
        level: point.level,
        value: point.valueNs,
        band: point.band === null ? null : { low: point.band.lowNs, high: point.band.highNs },
        text: `${scenario.name}, ${percentileText(point.level)}: ${duration(point.valueNs)}${curveBand(point)}`,
      })),
    })),
  });
  const rows = curves.flatMap((curve) => curve.points.map((point) => ({ curve, point })));
  const numbers = foldedNumbers({
    summary: "The numbers",
    file: `percentiles-${slug(view)}.csv`,
    columns: CURVE_COLUMNS,
    rows,
  });
  return htmlFigure(`${caption} · ${title}`, chart, numbers, ` data-view="${escapeHtml(view)}"`);
}

const CURVE_COLUMNS: readonly NumbersColumn<{ curve: Curve; point: CurvePoint }>[] = [
  {
    head: "road",
    csv: "road",
    isText: true,
    html: ({ curve }) => escapeHtml(curve.scenario.name),
    value: ({ curve }) => curve.scenario.name,
  },
  {
    head: "percentile",
    csv: "level",
    html: ({ point }) => percentileText(point.level),
    value: ({ point }) => rounded(point.level),
  },
  {
    head: "latency",
    csv: "latency_ns",
    html: ({ point }) => duration(point.valueNs),
    value: ({ point }) => Math.round(point.valueNs),
  },
  {
    head: "band, low",
    csv: "band_low_ns",
    html: ({ point }) => (point.band === null ? "" : duration(point.band.lowNs)),
    value: ({ point }) => point.band?.lowNs ?? null,
  },
  {
    head: "band, high",
    csv: "band_high_ns",
    html: ({ point }) => (point.band === null ? "" : duration(point.band.highNs)),
    value: ({ point }) => point.band?.highNs ?? null,
  },
  { head: "calls", csv: "calls", html: ({ curve }) => count(curve.calls), value: ({ curve }) => curve.calls },
];

const curveBand = ({ band }: CurvePoint): string =>
  band === null ? "" : ` [${duration(band.lowNs)}, ${duration(band.highNs)}]`;

function ratioFigure(set: RatioSet): string {
  const { view, title, method, quantity, curves } = set;
  const caption = `${method}, ${quantity} time: ratio by percentile`;
  const chart = curveChart({
    id: `ratios-${slug(view)}`,
    title: `${caption}: ${curves.map((curve) => `${pairText(curve)} from ×${ratio(curve.points[0]?.ratio ?? 1)} to ×${ratio(curve.points.at(-1)?.ratio ?? 1)}`).join(", ")}`,
    tickText: (value) => `×${Number(value.toPrecision(3))}`,
    level: 1,
    curves: curves.map((curve) => ({
      label: `${curve.candidate.name} / ${curve.baseline.name}`,
      roads: [curve.candidate.name, curve.baseline.name],
      colour: roadColour(curve.candidate),
      isDashed: curve.candidate.baseline !== curve.baseline.name,
      points: curve.points.map((point) => ({
        level: point.level,
        value: point.ratio,
        band: point.band,
        text: `${pairText(curve)}, ${percentileText(point.level)}: ×${ratio(point.ratio)}${ratioBand(point)}`,
      })),
    })),
  });
  const rows = curves.flatMap((curve) => curve.points.map((point) => ({ curve, point })));
  const numbers = foldedNumbers({
    summary: "The numbers",
    file: `ratios-${slug(view)}.csv`,
    columns: RATIO_COLUMNS,
    rows,
  });
  return htmlFigure(`${caption} · ${title}`, chart, numbers, ` data-view="${escapeHtml(view)}"`);
}

const RATIO_COLUMNS: readonly NumbersColumn<{ curve: RatioCurve; point: RatioPoint }>[] = [
  {
    head: "road",
    csv: "candidate",
    isText: true,
    html: ({ curve }) => escapeHtml(curve.candidate.name),
    value: ({ curve }) => curve.candidate.name,
  },
  {
    head: "over",
    csv: "baseline",
    isText: true,
    html: ({ curve }) => escapeHtml(curve.baseline.name),
    value: ({ curve }) => curve.baseline.name,
  },
  {
    head: "percentile",
    csv: "level",
    html: ({ point }) => percentileText(point.level),
    value: ({ point }) => rounded(point.level),
  },
  { head: "ratio", csv: "ratio", html: ({ point }) => `×${ratio(point.ratio)}`, value: ({ point }) => point.ratio },
  {
    head: "band, low",
    csv: "band_low",
    html: ({ point }) => (point.band === null ? "" : `×${ratio(point.band.low)}`),
    value: ({ point }) => (point.band === null ? null : rounded(point.band.low)),
  },
  {
    head: "band, high",
    csv: "band_high",
    html: ({ point }) => (point.band === null ? "" : `×${ratio(point.band.high)}`),
    value: ({ point }) => (point.band === null ? null : rounded(point.band.high)),
  },
  { head: "blocks", csv: "blocks", html: ({ curve }) => count(curve.blocks), value: ({ curve }) => curve.blocks },
  { head: "calls", csv: "calls", html: ({ curve }) => count(curve.calls), value: ({ curve }) => curve.calls },
];

const ratioBand = ({ band }: RatioPoint): string =>
  band === null ? "" : ` [×${ratio(band.low)}, ×${ratio(band.high)}]`;

/** To six digits: what is drawn holds no more. */
const rounded = (value: number): number => Number(value.toPrecision(6));

const slug = (view: string): string => view.replaceAll("/", "-");
