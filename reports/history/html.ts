/** The history of every toll as one page: versions, a chart a toll, versions × cells as a table, runs behind each. */
import type { Interval } from "../../results/comparison-shape.js";
import type { CellHistory, HistoryRun, MatrixEntry, RunHistory } from "../../results/history/history-shape.js";
import type { IndexedToll } from "../../results/run-index.js";
import { foldedNumbers, type NumbersColumn } from "../html-numbers.js";
import { htmlPage } from "../html-page.js";
import { escapeHtml, headRow, htmlSection as section } from "../html-text.js";
import { durationInterval, ratio, signedDuration } from "../quantities.js";
import { trendChart } from "./charts/trend-chart.js";
import { HISTORY_LIMITS, matrixWords, roadsOf, runOf, subjectOf, trendSentences } from "./history-words.js";
import { counted } from "../../results/verdict-words.js";

export function renderHistoryHtml(history: RunHistory): string {
  const { runs, environment, warnings, cells } = history;
  const body = [
    `<header><b>tollgate</b><span>history of the ${escapeHtml(environment ?? "lab")}</span><span>${counted(runs.length, "run")}</span></header>`,
    `<h1>${headline(history)}</h1>`,
    ...warnings.map(
      (text) => `<p class="card alert" role="note"><span class="mark doubtful">!</span>${escapeHtml(text)}</p>`,
    ),
    cells.length === 0 ? "<p>No toll of that kind is kept.</p>" : trends(history),
    matrix(history),
    versions(history),
    `<section><h2>Method</h2><ul class="plain">${HISTORY_LIMITS.map((text) => `<li>${escapeHtml(text)}</li>`).join("")}</ul></section>`,
  ];
  return htmlPage(`tollgate history · ${environment ?? "no runs"}`, body);
}

/** How many tolls changed their level, in one sentence. */
function headline({ cells, runs }: RunHistory): string {
  if (runs.length === 0) return "No run is kept yet.";
  const analysed = cells.filter(({ trend }) => trend.state === "analysed");
  const changed = analysed.filter(({ trend }) => trend.state === "analysed" && trend.changePoints.length > 0);
  if (analysed.length === 0) return "Too few runs for a trend of any toll.";
  if (changed.length === 0) return `No change point in <strong>${analysed.length}</strong> tolls within one set-up.`;
  const tolls = changed.length === 1 ? "toll has" : "tolls have";
  const names = [...new Set(changed.map(roadsOf))];
  const rest = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `<strong>${changed.length}</strong> of ${analysed.length} ${tolls} a change point: ${escapeHtml(names.slice(0, SHOWN).join(", "))}${rest}.`;
}

/** Tolls that a headline has room for. */
const SHOWN = 3;

function trends(history: RunHistory): string {
  const figures = history.cells.map(
    (cell, i) =>
      `<figure><figcaption>${escapeHtml(roadsOf(cell))}: ${escapeHtml(subjectOf(cell))}</figcaption>` +
      `<div class="card pad scroll" data-newest tabindex="0" role="region" aria-label="${escapeHtml(`Chart: ${roadsOf(cell)}`)}">${trendChart(history, cell, `trend-${i}`)}</div>` +
      `<p>${trendSentences(history, cell).map(escapeHtml).join(" ")}</p><div class="beneath">${runTable(history, cell, i)}</div></figure>`,
  );
  return section(
    "Tolls over time",
    "A dot a run with its interval, as a ratio to the baseline. Grey lines: levels. Green: the stable range. Dashed: the set-up changed, a known break. A hollow dot: the A/A control of that run failed. A solid line with a word: a change point.",
    figures.join(""),
  );
}

const NEWEST_ROWS = 50;

interface RunRow {
  readonly run: HistoryRun;
  readonly toll: IndexedToll;
  readonly ratio: Interval;
}

/** Newest first. */
function runTable(history: RunHistory, cell: CellHistory, index: number): string {
  const rows = cell.points
    .map(({ toll }, at): RunRow => {
      const { estimate, low, high } = toll.theta;
      const ratio = { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
      return { run: runOf(history, cell, at), toll, ratio };
    })
    .reverse();
  const summary =
    rows.length > NEWEST_ROWS
      ? `The newest ${NEWEST_ROWS} of ${rows.length} runs`
      : `${counted(rows.length, "run")} in figures`;
  return foldedNumbers({
    ...{ summary, columns: COLUMNS, rows, shown: NEWEST_ROWS },
    file: `history-${index}-${cell.candidate}-${cell.baseline}-${cell.metric}.csv`.replace(/[^\w.+-]+/g, "-"),
  });
}

const text = (head: string, csv: string, value: (row: RunRow) => string): NumbersColumn<RunRow> => ({
  ...{ head, csv, isText: true, value },
  html: (row) => escapeHtml(value(row)),
});
const whole = (head: string, csv: string, value: (row: RunRow) => number): NumbersColumn<RunRow> => ({
  ...{ head, csv, value },
  html: (row) => String(value(row)),
});
const ns = (head: string, csv: string, end: keyof Interval): NumbersColumn<RunRow> => ({
  ...{ head, csv },
  html: ({ toll }) => (toll.absoluteNs === null ? "" : signedDuration(toll.absoluteNs[end])),
  value: ({ toll }) => toll.absoluteNs?.[end] ?? null,
});
const times = (head: string, csv: string, end: keyof Interval): NumbersColumn<RunRow> => ({
  ...{ head, csv },
  html: (row) => `×${ratio(row.ratio[end])}`,
  value: (row) => Number(row.ratio[end].toPrecision(6)),
});

const COLUMNS: readonly NumbersColumn<RunRow>[] = [
  text("run", "run", ({ run }) => run.id),
  text("begun", "begun", ({ run }) => run.createdAt.slice(0, 16)),
  whole("version", "version", ({ run }) => run.period + 1),
  ns("toll", "toll_ns", "estimate"),
  ns("low", "toll_low_ns", "low"),
  ns("high", "toll_high_ns", "high"),
  times("ratio", "ratio", "estimate"),
  times("low", "ratio_low", "low"),
  times("high", "ratio_high", "high"),
  whole("blocks", "blocks", ({ toll }) => toll.n),
  whole("suspect", "suspect", ({ toll }) => toll.suspect),
  text("A/A control", "control", ({ run }) => (run.hasBrokenTwin ? "failed" : "")),
];

function matrix({ cells, matrix: rows, periods }: RunHistory): string {
  if (periods.length < 2 || cells.length === 0) return "";
  const head = headRow(["toll", ...periods.map(({ label }, i) => `${i + 1}: ${label}`)]);
  const body = cells.map((cell, i) => {
    const entries = periods.map((_, period) => matrixCell(rows[period]?.[i] ?? null));
    return `<tr><th scope="row">${escapeHtml(roadsOf(cell))}<small>${escapeHtml(subjectOf(cell))}</small></th>${entries.join("")}</tr>`;
  });
  return section(
    "Did a version change a toll?",
    "Runs of each version against those of the version before, the run being the unit; all cells corrected together. Not interleaved: whatever else changed with time is in it.",
    `<div class="card pad scroll" tabindex="0" role="region" aria-label="Versions and tolls"><table class="tolls">${head}<tbody>${body.join("")}</tbody></table></div>`,
  );
}

function matrixCell(entry: MatrixEntry | null): string {
  if (entry === null) return "<td>not measured</td>";
  const [words = "", ...rest] = matrixWords(entry).split("; ");
  const shown = entry.verdict === "first" ? "" : entry.verdict;
  const notes = [...rest, ...(entry.tollNs === null ? [] : [`toll ${durationInterval(entry.tollNs)}`])];
  return `<td style="white-space:normal;min-width:12em"><span class="${shown}">${escapeHtml(words)}</span>${notes.map((text) => `<small style="display:block;white-space:normal">${escapeHtml(text)}</small>`).join("")}</td>`;
}

function versions({ periods, runs }: RunHistory): string {
  if (periods.length === 0) return "";
  const rows = periods.map(
    ({ label, from, to }, i) =>
      `<tr><th scope="row">${i + 1}</th><td>${escapeHtml(label)}</td><td class="number">${to - from}</td><td>${runs[from]?.createdAt.slice(0, 10) ?? ""}</td><td>${runs[to - 1]?.createdAt.slice(0, 10) ?? ""}</td></tr>`,
  );
  return section(
    "Versions",
    "Stretches of runs with the same versions, numbered as the bands of the charts are.",
    `<div class="card pad scroll"><table>${headRow(["", "versions", "runs", "from", "to"])}<tbody>${rows.join("")}</tbody></table></div>`,
  );
}
