/** The history of every toll on a terminal: a small trend, where it stands, what changed; then versions × cells. */
import type { CellHistory, RunHistory } from "../../results/history/history-shape.js";
import { painter, wrapped, type Paint } from "../paint.js";
import { HISTORY_LIMITS, matrixWords, roadsOf, subjectOf, trendSentences } from "./history-words.js";
import { counted } from "../../results/verdict-words.js";

const WIDTH = 108;

export function renderHistoryTerminal(history: RunHistory, { colour }: { readonly colour: boolean }): string {
  const paint = painter(colour);
  const { runs, environment, periods, warnings, cells } = history;
  const [first, last] = [runs[0], runs.at(-1)];
  const span =
    first === undefined || last === undefined
      ? ""
      : `, ${first.createdAt.slice(0, 10)} to ${last.createdAt.slice(0, 10)}`;
  return [
    paint("bold", `tollgate history: ${counted(runs.length, "run")} of the ${environment ?? "lab"}${span}`),
    ...warnings.flatMap((text) => wrapped(`! ${text}`, WIDTH).map((line) => paint("yellow", line))),
    ...(cells.length === 0
      ? ["No toll of that kind is kept."]
      : cells.flatMap((cell) => cellLines(history, cell, paint))),
    ...(periods.length > 1 && cells.length > 0 ? ["", ...matrixLines(history, paint)] : []),
    "",
    ...HISTORY_LIMITS.flatMap((text) => wrapped(text, WIDTH).map((line) => paint("dim", line))),
    "",
  ].join("\n");
}

function cellLines(history: RunHistory, cell: CellHistory, paint: Paint): string[] {
  const changed = cell.trend.state === "analysed" && cell.trend.changePoints.length > 0;
  return [
    "",
    `${paint("bold", roadsOf(cell))}  ${subjectOf(cell)}`,
    `  ${sparkline(cell, history.runs)}`,
    ...trendSentences(history, cell).flatMap((text) =>
      wrapped(text, WIDTH - 2).map(
        (line) => `  ${changed && /^(Rose|Fell)/.test(text) ? paint("yellow", line) : line}`,
      ),
    ),
  ];
}

const BARS = "▁▂▃▄▅▆▇█";
const NEWEST = 60;

/** The newest runs, low to high; `│` where the set-up changed, `╳` before the first run of a new level, `!` behind a run whose A/A control failed. */
export function sparkline({ points, breaks, trend }: CellHistory, runs: RunHistory["runs"] = []): string {
  const from = Math.max(0, points.length - NEWEST);
  const shown = points.slice(from).map(({ toll }) => toll.theta.estimate);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const bar = (theta: number): string => BARS[high > low ? Math.round((7 * (theta - low)) / (high - low)) : 3] ?? "";
  const changes = trend.state === "analysed" ? trend.changePoints.map(({ index }) => index) : [];
  const text = shown.map((theta, i) => {
    const at = i + from;
    const mark = changes.includes(at) ? "╳" : breaks.some((one) => one.at === at) ? "│" : "";
    const doubt = runs[points[at]?.run ?? -1]?.hasBrokenTwin === true ? "!" : "";
    return (i === 0 ? "" : mark) + bar(theta) + doubt;
  });
  return text.join("") + (from > 0 ? `  newest ${NEWEST} of ${points.length}` : "");
}

function matrixLines({ periods, cells, matrix, runs }: RunHistory, paint: Paint): string[] {
  const rows = periods.flatMap(({ label, from, to }, period) => [
    `${period + 1}  ${label}, ${to - from} ${to - from === 1 ? "run" : "runs"} from ${runs[from]?.createdAt.slice(0, 10) ?? ""}`,
    ...(matrix[period] ?? []).flatMap((entry, i) => {
      const cell = cells[i];
      if (cell === undefined || entry === null) return [];
      const line = `   ${roadsOf(cell)}, ${cell.metric.replace("_", " ")}, ${cell.load}: ${matrixWords(entry)}`;
      const words = wrapped(line.trim(), WIDTH - 3);
      const style = entry.verdict === "slower" ? "red" : entry.verdict === "faster" ? "green" : null;
      return words.map((text, j) => `   ${j === 0 ? "" : "  "}${style === null ? text : paint(style, text)}`);
    }),
  ]);
  return [paint("bold", "Versions, each against the one before it"), ...rows];
}
