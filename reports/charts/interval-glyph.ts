/**
 * An interval as a small figure inside a table row: the line of no difference, the margin as a band, a whisker, and at
 * the estimate a mark whose shape is the verdict. All rows of a table share one scale, so that lengths can be compared.
 */
import { scaleLog } from "d3-scale";
import type { Comparison, ComparisonVerdict, Interval } from "../../results/comparison-shape.js";
import { linearAxis, type Axis } from "./axis.js";

const HEIGHT = 22;
const MIDDLE = HEIGHT / 2;

export interface GlyphAxis {
  readonly axis: Axis;
  readonly width: number;
}

/** Of differences, ns. */
export function glyphAxis(comparisons: readonly (Comparison | null)[], width: number): GlyphAxis {
  const bounds = comparisons.flatMap((one) =>
    one?.absoluteNs === undefined || one.absoluteNs === null ? [] : [one.absoluteNs.low, one.absoluteNs.high],
  );
  return { axis: linearAxis(Math.min(0, ...bounds), Math.max(1, ...bounds), 8, width - 8, 4), width };
}

/** Decoration: the same numbers stand in the row as text. */
export function intervalGlyph(one: Comparison | null, { axis, width }: GlyphAxis): string {
  if (one?.absoluteNs === undefined || one.absoluteNs === null) return "";
  const marginNs = one.margin.fraction * (one.baselineNs ?? 0);
  return glyph(one.absoluteNs, one.verdict, { none: 0, band: [-marginNs, marginNs], at: axis.at, width, ticks: [] });
}

/** Of ratios, logarithmic and the same both ways from ×1; intervals that reach further are cut at its ends. */
export function ratioGlyphAxis(comparisons: readonly (Comparison | null)[], width: number): GlyphAxis {
  const bounds = comparisons.flatMap((one) =>
    one?.ratio === undefined || one.ratio === null ? [] : [one.ratio.low, one.ratio.high],
  );
  const inside = (value: number): number => Math.min(LARGEST, Math.max(1 / LARGEST, value));
  const [low, high] = [inside(Math.min(0.8, ...bounds)), inside(Math.max(1.25, ...bounds))];
  const scale = scaleLog([low, high], [8, width - 8]).clamp(true);
  return {
    axis: { at: (value) => scale(value), ticks: RATIO_TICKS.filter((tick) => tick >= low && tick <= high) },
    width,
  };
}

const LARGEST = 64;
const RATIO_TICKS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];

export function ratioGlyph(one: Comparison, { axis, width }: GlyphAxis): string {
  if (one.ratio === null) return "";
  const { fraction } = one.margin;
  const band = [1 - Math.min(0.9, fraction), 1 + fraction] as const;
  return glyph(one.ratio, one.verdict, { none: 1, band, at: axis.at, width, ticks: axis.ticks });
}

/** The scale over a column of ratio glyphs. */
export function ratioGlyphScale({ axis, width }: GlyphAxis): string {
  const texts = axis.ticks.map(
    (tick) => `<text class="tick" x="${axis.at(tick).toFixed(1)}" y="13" text-anchor="middle">×${tick}</text>`,
  );
  return `<svg class="glyph" width="${width}" height="18" viewBox="0 0 ${width} 18" aria-hidden="true">${texts.join("")}</svg>`;
}

interface GlyphFrame {
  readonly none: number;
  readonly band: readonly [number, number];
  readonly at: (value: number) => number;
  readonly width: number;
  readonly ticks: readonly number[];
}

function glyph(interval: Interval, verdict: ComparisonVerdict, frame: GlyphFrame): string {
  const { at, width } = frame;
  const [none, from, to, estimate] = [frame.none, interval.low, interval.high, interval.estimate].map(at) as [
    number,
    number,
    number,
    number,
  ];
  const [left, right] = [at(frame.band[0]), at(frame.band[1])];
  const lines = frame.ticks.map((tick) => `M${at(tick).toFixed(1)} 0v${HEIGHT}`).join("");
  const grid = lines === "" ? "" : `<path class="grid" d="${lines}"/>`;
  return (
    `<svg class="glyph ${verdict}" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" aria-hidden="true">${grid}` +
    `<rect class="band" x="${left.toFixed(1)}" y="1" width="${Math.max(0, right - left).toFixed(1)}" height="20"/>` +
    `<path class="zero" d="M${none.toFixed(1)} 0v${HEIGHT}"/>` +
    `<path class="whisker" d="M${from.toFixed(1)} ${MIDDLE}H${to.toFixed(1)}M${from.toFixed(1)} ${MIDDLE - 4}v8M${to.toFixed(1)} ${MIDDLE - 4}v8"/>` +
    `${mark(verdict, estimate)}</svg>`
  );
}

/** The same shapes as verdict-marks.ts has as characters. */
function mark(verdict: ComparisonVerdict, x: number): string {
  const at = (dx: number, y: number): string => `${(x + dx).toFixed(1)} ${y}`;
  switch (verdict) {
    case "slower":
      return `<path class="mark" d="M${at(0, 5.5)}L${at(5, 15)}L${at(-5, 15)}Z"/>`;
    case "faster":
      return `<path class="mark" d="M${at(0, 16.5)}L${at(5, 7)}L${at(-5, 7)}Z"/>`;
    case "indistinguishable":
      return `<path class="mark" d="M${at(-4, 7)}h8v8h-8Z"/>`;
    case "inconclusive":
    case "invalid":
    case "added":
    case "removed":
      return `<circle class="mark hollow" cx="${x.toFixed(1)}" cy="${MIDDLE}" r="3.8"/>`;
  }
}
