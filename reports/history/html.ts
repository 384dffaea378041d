/** The history of every toll as one page: versions, a chart a toll, versions × cells as a table, runs behind each. */
import type { CellHistory, MatrixEntry, RunHistory } from "../../results/history/history-shape.js";
import { htmlPage } from "../html-page.js";
import { escapeHtml, headRow, htmlSection as section } from "../html-text.js";
import { durationInterval, ratioInterval } from "../quantities.js";
import { trendChart } from "./charts/trend-chart.js";
import { day, HISTORY_LIMITS, matrixWords, roadsOf, runOf, subjectOf, trendSentences } from "./history-words.js";

export function renderHistoryHtml(history: RunHistory): string {
  const { runs, environment, warnings, cells } = history;
  const body = [
    `<header><b>tollgate</b><span>history of the ${escapeHtml(environment ?? "lab")}</span><span>${runs.length} runs</span></header>`,
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
  return `<strong>${changed.length}</strong> of ${analysed.length} ${tolls} a change point: ${changed
    .slice(0, 3)
    .map((cell) => escapeHtml(roadsOf(cell)))
    .join(", ")}${changed.length > 3 ? " …" : ""}.`;
}

function trends(history: RunHistory): string {
  const figures = history.cells.map(
    (cell, i) =>
      `<figure><figcaption>${escapeHtml(roadsOf(cell))}: ${escapeHtml(subjectOf(cell))}</figcaption>` +
      `<div class="card pad scroll" tabindex="0" role="region" aria-label="${escapeHtml(`Chart: ${roadsOf(cell)}`)}">${trendChart(history, cell, `trend-${i}`)}</div>` +
      `<p>${trendSentences(history, cell).map(escapeHtml).join(" ")}</p>${runTable(history, cell)}</figure>`,
  );
  return section(
    "Tolls over time",
    "A dot a run with its interval, as a ratio to the baseline. Grey lines: levels. Green: the stable range. Dashed: the set-up changed, a known break. A solid line with a word: a change point.",
    figures.join(""),
  );
}

const NEWEST_ROWS = 50;

function runTable(history: RunHistory, cell: CellHistory): string {
  const newest = cell.points
    .map((point, at) => ({ point, at }))
    .slice(-NEWEST_ROWS)
    .reverse();
  const rows = newest.map(({ point: { toll }, at }) => {
    const run = runOf(history, cell, at);
    const figures = [toll.theta.estimate, toll.theta.low, toll.theta.high].map(Math.exp) as [number, number, number];
    const shown = ratioInterval({ estimate: figures[0], low: figures[1], high: figures[2] });
    const tollText = toll.absoluteNs === null ? "" : durationInterval(toll.absoluteNs);
    return `<tr><th scope="row">${escapeHtml(run.id)}</th><td>${escapeHtml(day(run))}</td><td>${run.period + 1}</td><td class="number">${tollText}</td><td class="number">${shown}</td><td class="number">${toll.n}</td><td class="number">${toll.suspect}</td></tr>`;
  });
  const title =
    cell.points.length > NEWEST_ROWS
      ? `The newest ${NEWEST_ROWS} of ${cell.points.length} runs`
      : `${cell.points.length} runs`;
  return `<details><summary>${title} in figures</summary><div class="card pad scroll"><table>${headRow(["run", "day", "version", "toll", "ratio", "blocks", "suspect"])}<tbody>${rows.join("")}</tbody></table></div></details>`;
}

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
