/**
 * One toll over its runs: a dot and its interval a run, bands for versions, a line for each level, change points marked
 * by a line and a word, the stable range shaded.
 */
import { scaleLinear } from "d3-scale";
import type { CellHistory, RunHistory } from "../../../results/history/history-shape.js";
import { escapeHtml } from "../../html-text.js";
import { durationInterval, ratio, ratioInterval } from "../../quantities.js";
import { day, roadsOf, runOf, subjectOf, trendSentences } from "../history-words.js";
import { counted } from "../../../results/verdict-words.js";

const WIDTH = 1040;
const HEIGHT = 250;
const LEFT = 58;
/** Figures stand at both ends: on a phone the chart shows its newest runs. */
const RIGHT = 58;
const TOP = 24;
const BOTTOM = HEIGHT - 30;
/** More dots than this carry no text of their own: nobody could hit one. */
const MOST_TITLES = 150;

interface Frame {
  readonly history: RunHistory;
  readonly cell: CellHistory;
  readonly x: (at: number) => number;
  readonly y: (ratio: number) => number;
  readonly step: number;
  /** Of the ratios that the chart has room for. */
  readonly ticks: readonly number[];
}

/** @param id unique on the page */
export function trendChart(history: RunHistory, cell: CellHistory, id: string): string {
  const frame = frameOf(history, cell);
  const title = `${roadsOf(cell)}, ${subjectOf(cell)}: ratio over ${counted(cell.points.length, "run")}`;
  return (
    `<svg class="wide chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-t" aria-describedby="${id}-d">` +
    `<title id="${id}-t">${escapeHtml(title)}</title><desc id="${id}-d">${escapeHtml(trendSentences(history, cell).join(" "))}</desc>` +
    [versionBands, stableBand, grid, breakLines, levelLines, whiskers, dots, changeMarks, dates]
      .map((part) => part(frame))
      .join("") +
    "</svg>"
  );
}

function frameOf(history: RunHistory, cell: CellHistory): Frame {
  const { points } = cell;
  const estimates = points.map(({ toll }) => Math.exp(toll.theta.estimate));
  const [lows, highs] = [points.map(({ toll }) => toll.theta.low), points.map(({ toll }) => toll.theta.high)];
  // An interval of two blocks would flatten everything else: the middle nine tenths of the ends decide.
  const low = Math.min(...estimates, Math.exp(quantile(lows, 0.05)));
  const high = Math.max(...estimates, Math.exp(quantile(highs, 0.95)));
  const room = Math.max(0.002, (high - low) * 0.08);
  const scale = scaleLinear()
    .domain([low - room, high + room])
    .range([BOTTOM, TOP]);
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, points.length);
  return {
    ...{ history, cell, step, ticks: scale.ticks(5) },
    x: (at) => LEFT + step * (at + 0.5),
    y: (value) => Math.max(TOP, Math.min(BOTTOM, scale(value))),
  };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(q * (sorted.length - 1))] ?? 0;
}

/** Every other stretch of versions is shaded; its number is in the table of versions. */
function versionBands({ history, cell, x, step }: Frame): string {
  const stretches: { period: number; from: number; to: number }[] = [];
  cell.points.forEach(({ run }, at) => {
    const period = history.runs[run]?.period ?? 0;
    const last = stretches.at(-1);
    if (last?.period === period) last.to = at;
    else stretches.push({ period, from: at, to: at });
  });
  return stretches
    .map(({ period, from, to }) => {
      const [left, width] = [x(from) - step / 2, step * (to - from + 1)];
      const label = history.periods[period]?.label ?? "";
      const fits = width > (label.length + "00: ".length) * 6.6;
      const band = period % 2 === 1 ? "" : ' fill-opacity="0"';
      return (
        `<g><title>${escapeHtml(`Version ${period + 1}: ${label}`)}</title>` +
        `<rect class="band" x="${left.toFixed(1)}" y="4" width="${width.toFixed(1)}" height="${BOTTOM - 4}"${band}/>` +
        (width > 12
          ? `<text class="tick" x="${(left + 4).toFixed(1)}" y="17">${escapeHtml(fits ? `${period + 1}: ${label}` : String(period + 1))}</text>`
          : "") +
        "</g>"
      );
    })
    .join("");
}

function stableBand({ cell, x, y, step }: Frame): string {
  if (cell.trend.state === "too few") return "";
  const { stable } = cell.trend;
  const [top, bottom] = [y(stable.ratio.high), y(stable.ratio.low)];
  const left = x(stable.from) - step / 2;
  return `<g><title>${escapeHtml(`Stable range: ${ratioInterval(stable.ratio)} over ${stable.n} runs`)}</title><rect fill="var(--good)" fill-opacity=".16" x="${left.toFixed(1)}" y="${(top - 1).toFixed(1)}" width="${(step * stable.n).toFixed(1)}" height="${Math.max(2, bottom - top + 2).toFixed(1)}"/></g>`;
}

function grid({ y, ticks }: Frame): string {
  const digits = Math.max(2, ...ticks.map((tick) => (String(Number(tick.toPrecision(6))).split(".")[1] ?? "").length));
  return ticks
    .map((tick) => {
      const at = y(tick).toFixed(1);
      const label = (x: number, anchor: "start" | "end"): string =>
        `<text class="tick" x="${x}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="${anchor}">×${tick.toFixed(digits)}</text>`;
      return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>${label(LEFT - 8, "end")}${label(WIDTH - RIGHT + 8, "start")}`;
    })
    .join("");
}

/** Where the set-up changed: a known break, no finding. */
function breakLines({ cell, x, step }: Frame): string {
  return cell.breaks
    .map(({ at, changes }) => {
      const left = (x(at) - step / 2).toFixed(1);
      const shown = changes
        .slice(0, 6)
        .map(({ key, before, after }) => `${key}: ${before ?? "none"} → ${after ?? "none"}`);
      return `<g><title>${escapeHtml(`The set-up changed: ${shown.join("; ")}${changes.length > 6 ? " …" : ""}`)}</title><line class="riser" x1="${left}" x2="${left}" y1="4" y2="${BOTTOM}"/></g>`;
    })
    .join("");
}

function levelLines({ cell, x, y, step }: Frame): string {
  if (cell.trend.state === "too few") return "";
  const { levels } = cell.trend;
  return levels
    .map((from, i) => {
      const to = levels[i + 1] ?? cell.points.length;
      const thetas = cell.points.slice(from, to).map(({ toll }) => toll.theta.estimate);
      const middle = y(Math.exp(thetas.reduce((sum, theta) => sum + theta, 0) / thetas.length)).toFixed(1);
      return `<line class="zero" x1="${(x(from) - step / 2).toFixed(1)}" x2="${(x(to - 1) + step / 2).toFixed(1)}" y1="${middle}" y2="${middle}"/>`;
    })
    .join("");
}

function whiskers({ cell, x, y }: Frame): string {
  const path = cell.points.map(
    ({ toll }, at) =>
      `M${x(at).toFixed(1)} ${y(Math.exp(toll.theta.low)).toFixed(1)}V${y(Math.exp(toll.theta.high)).toFixed(1)}`,
  );
  return `<path class="whisker" style="stroke-width:1" opacity=".55" d="${path.join("")}"/>`;
}

function dots({ history, cell, x, y, step }: Frame): string {
  const radius = Math.max(1.6, Math.min(4, step * 0.32)).toFixed(1);
  const circles = cell.points.map(({ toll }, at) => {
    const doubt = runOf(history, cell, at).hasBrokenTwin;
    const place = `class="dot${doubt ? " hollow" : ""}" cx="${x(at).toFixed(1)}" cy="${y(Math.exp(toll.theta.estimate)).toFixed(1)}" r="${radius}"`;
    if (cell.points.length > MOST_TITLES) return `<circle ${place}/>`;
    const figures = ratioInterval({
      estimate: Math.exp(toll.theta.estimate),
      low: Math.exp(toll.theta.low),
      high: Math.exp(toll.theta.high),
    });
    const toll_ = toll.absoluteNs === null ? "" : `, ${durationInterval(toll.absoluteNs)}`;
    return `<circle ${place}><title>${escapeHtml(`${runOf(history, cell, at).id}: ${figures}${toll_}, ${counted(toll.n, "block")}${doubt ? ", its A/A control failed" : ""}`)}</title></circle>`;
  });
  return `<g style="--road:var(--l7)">${circles.join("")}</g>`;
}

function changeMarks({ cell, history, x, step }: Frame): string {
  if (cell.trend.state === "too few") return "";
  const lefts = cell.trend.changePoints.map((point) => x(point.index) - step / 2);
  const lines = labelLines(lefts);
  return cell.trend.changePoints
    .map((point, i) => {
      const left = lefts[i] ?? 0;
      const word = `${point.change > 0 ? "▲ rose" : "▼ fell"} ×${ratio(Math.exp(point.change))}`;
      const anchor = left > WIDTH - 130 ? "end" : "start";
      const tone = point.change > 0 ? "bad" : "good";
      return (
        `<g><title>${escapeHtml(`${word} with run ${runOf(history, cell, point.index).id}`)}</title>` +
        `<line x1="${left.toFixed(1)}" x2="${left.toFixed(1)}" y1="${TOP}" y2="${BOTTOM}" stroke="var(--${tone})" stroke-width="2"/>` +
        `<text class="strong halo" style="fill:var(--${tone})" x="${(left + (anchor === "end" ? -6 : 6)).toFixed(1)}" y="${TOP + 14 + 17 * (lines[i] ?? 0)}" text-anchor="${anchor}">${word}</text></g>`
      );
    })
    .join("");
}

/** Which line each label stands on, so that none covers the one before it. */
function labelLines(lefts: readonly number[]): number[] {
  let line = 0;
  return lefts.map((left, i) => {
    const near = i > 0 && left - (lefts[i - 1] ?? 0) < LABEL_WIDTH * (left > WIDTH - 130 ? 2 : 1);
    line = near ? (line + 1) % 3 : 0;
    return line;
  });
}

const LABEL_WIDTH = 110;

function dates({ history, cell, x }: Frame): string {
  const last = cell.points.length - 1;
  const places = last === 0 ? [0] : [...new Set([0, Math.round(last / 3), Math.round((2 * last) / 3), last])];
  return places
    .map((at) => {
      const anchor = at === 0 && last > 0 ? "start" : at === last && last > 0 ? "end" : "middle";
      return `<text class="tick" x="${x(at).toFixed(1)}" y="${BOTTOM + 20}" text-anchor="${anchor}">${day(runOf(history, cell, at))}</text>`;
    })
    .join("");
}
