/**
 * The toll tables of the page: for each load, method and latency, one table per quantile with an interval glyph in each
 * row; and CPU a call, one table per load. Chains first, then other steps, then controls.
 */
import type { Comparison } from "../../results/comparison-shape.js";
import { percentText } from "../../results/verdict-words.js";
import { glyphAxis, intervalGlyph, type GlyphAxis } from "../charts/interval-glyph.js";
import { csvLink } from "../html-numbers.js";
import { escapeHtml, htmlSection } from "../html-text.js";
import { count, duration, durationInterval, ratioInterval } from "../quantities.js";
import { roadColour } from "../road-paint.js";
import { VERDICT_MARKS } from "../verdict-marks.js";
import { comparisonsCsv } from "./csv.js";
import type { ReportModel } from "./report-model.js";
import { hasRatio, QUANTILE_NAMES, quantileText, type TollStep, type TollTable } from "./toll-tables.js";

export function tollSection({ tables, header }: ReportModel): string {
  if (tables.length === 0) return "";
  const passes = [...new Set(tables.map(({ pass }) => pass))];
  const content = passes.flatMap((pass) => {
    const own = tables.filter((table) => table.pass === pass);
    return [
      ...own.map((table) => latencyTables(table, header.id)),
      ...own.slice(0, 1).map((table) => cpuTables(table, header.id)),
    ];
  });
  return htmlSection(
    "Tolls",
    "Each road against one that differs from it in one thing, and the declared chains. The estimate is over blocks, with its exact interval; the shaded band is the margin below which a difference counts as none. Every row stands for itself: read no ratio across rows.",
    content.join(""),
  );
}

function latencyTables(table: TollTable, run: string): string {
  const tables = QUANTILE_NAMES.map((name) => {
    const cells = table.steps.map((step) => ({ step, cell: step.at[name] }));
    const caption = `${table.method}, ${table.quantity} ${quantileText(name)}`;
    return `<div data-quantile="${name}">${stepsTable(caption, table.title, cells)}</div>`;
  });
  const all = table.steps.flatMap(({ at }) => QUANTILE_NAMES.flatMap((name) => at[name] ?? []));
  const file = `tolls-${table.view.replaceAll("/", "-")}.csv`;
  return `<div data-view="${escapeHtml(table.view)}">${tables.join("")}<p class="beneath">${csvLink(file, comparisonsCsv(run, all))}</p></div>`;
}

function cpuTables({ pass, steps, title }: TollTable, run: string): string {
  const node = steps.map((step) => ({ step, cell: step.nodeCpu }));
  const envoy = steps.map((step) => ({ step, cell: step.envoyCpu })).filter(({ cell }) => cell !== null);
  const all = [...node, ...envoy].flatMap(({ cell }) => cell ?? []);
  // Where roads share a window, nobody can say whose the CPU was.
  if (all.length === 0) return "";
  const tables = [
    stepsTable("CPU a call, node without the caller", `${title}, all methods`, node),
    envoy.length === 0
      ? ""
      : `<details><summary>CPU a call, Envoy alone</summary>${stepsTable("CPU a call, Envoy alone", `${title}, all methods`, envoy)}</details>`,
  ];
  return `<div data-view="${pass}">${tables.join("")}<p class="beneath">${csvLink(`cpu-tolls-${pass}.csv`, comparisonsCsv(run, all))}</p></div>`;
}

interface StepCell {
  readonly step: TollStep;
  readonly cell: Comparison | null;
}

const GROUPS: Readonly<Record<TollStep["kind"], string>> = {
  chain: "Chains",
  step: "Other steps",
  control: "Controls: the same road twice",
};

const HEAD = ["road", "baseline", "candidate", "toll", "", "ratio", "verdict", "calls"];

/** Rows without a figure are named in one line below: there are not enough calls to say it. */
function stepsTable(caption: string, title: string, cells: readonly StepCell[]): string {
  const told = cells.filter(({ cell }) => cell !== null && cell.absoluteNs !== null);
  const untold = cells.filter(({ cell }) => cell !== null && cell.absoluteNs === null);
  const captionHtml = `<h3>${escapeHtml(caption)} <small>${escapeHtml(title)}</small></h3>`;
  const missing =
    untold.length === 0 && told.length > 0
      ? ""
      : `<p class="missing">n/a, ${escapeHtml(whyUntold(untold))}: ${untold.length === 0 ? "every road" : escapeHtml(untold.map(({ step }) => pairText(step)).join(", "))}</p>`;
  if (told.length === 0) return `${captionHtml}${missing}`;
  const axis = glyphAxis(
    told.map(({ cell }) => cell),
    190,
  );
  const groups = (["chain", "step", "control"] as const).map((kind) => {
    const rows = told.filter(({ step }) => step.kind === kind);
    if (rows.length === 0) return "";
    return `<tbody><tr class="group"><th colspan="${HEAD.length}" scope="rowgroup">${groupText(kind, rows)}</th></tr>${rows.map((row) => stepRow(row, axis)).join("")}</tbody>`;
  });
  const head = HEAD.map((text, i) => `<th scope="col"${NUMBERS.has(i) ? ' class="number"' : ""}>${text}</th>`);
  return `${captionHtml}<div class="card scroll"><table class="tolls stack" aria-label="${escapeHtml(caption)}"><thead><tr>${head.join("")}</tr></thead>${groups.join("")}</table></div>${missing}`;
}

/** The reason that all of them share, or the one that they all have in kind. */
function whyUntold(untold: readonly StepCell[]): string {
  const [reason, ...others] = new Set(untold.map(({ cell }) => cell?.notes[0]?.replace(/^n\/a: /, "") ?? ""));
  return reason !== undefined && reason !== "" && others.length === 0 ? reason : "for want of trials with enough calls";
}

const NUMBERS: ReadonlySet<number> = new Set([1, 2, 3, 5, 7]);

export const pairText = ({ candidate, baseline }: Pick<TollStep, "candidate" | "baseline">): string =>
  `${candidate.name} over ${baseline.name}`;

/** How the intervals of a group are meant. */
function groupText(kind: TollStep["kind"], rows: readonly StepCell[]): string {
  const families = new Set(rows.map(({ cell }) => cell?.family));
  const meant = families.has("declared")
    ? " <small>declared beforehand: all intervals together at 95 %</small>"
    : kind === "control"
      ? ""
      : " <small>exploratory: each interval at 95 %, worth a look</small>";
  return `${GROUPS[kind]}${meant}`;
}

function stepRow({ step, cell }: StepCell, axis: GlyphAxis): string {
  if (cell?.absoluteNs === undefined || cell.absoluteNs === null) return "";
  const { candidate, baseline, differs } = step;
  const number = (label: string, html: string): string =>
    `<td class="number" data-label="${escapeHtml(label)}">${html}</td>`;
  const level = (valueNs: number | null): string => (valueNs === null ? "n/a" : duration(valueNs));
  return [
    `<tr data-roads="${escapeHtml(`${candidate.name} ${baseline.name}`)}"${step.kind === "control" ? ' class="twin"' : ""}>`,
    `<th scope="row"><span class="swatch" style="background:${roadColour(candidate)}"></span>${escapeHtml(candidate.name)} <span class="over">over ${escapeHtml(baseline.name)}</span><small>${escapeHtml(differs)}</small></th>`,
    number(baseline.name, level(cell.baselineNs)),
    number(candidate.name, level(cell.candidateNs)),
    number("toll", faintBounds(durationInterval(cell.absoluteNs))),
    `<td class="figure">${intervalGlyph(cell, axis)}</td>`,
    number("ratio", hasRatio(cell) ? faintBounds(ratioInterval(cell.ratio)) : ""),
    `<td data-label="verdict">${verdictWord(cell)}</td>`,
    number("calls", `${count(cell.candidateCalls)}<small>over ${count(cell.baselineCalls)}</small>`),
    "</tr>",
  ].join("");
}

const faintBounds = (text: string): string => text.replace(/(\[.*\])/, "<small>$1</small>");

/** Shape, word, blocks, the confidence really reached; and advice, where there is some. */
function verdictWord(one: Comparison): string {
  const facts = [
    `n ${one.n} at ${percentText(one.confidence)}`,
    ...(one.suspect > 0 ? [`${one.suspect} suspect`] : []),
  ];
  // How many pairs are suspect stands there already.
  const notes = one.family === "control" ? [] : one.notes.filter((note) => !note.includes("SUSPECT"));
  return (
    `${verdictBadge(one)}<small class="note">${facts.join(", ")}</small>` +
    (notes.length === 0 ? "" : `<small class="note">${escapeHtml(notes.join("; "))}</small>`)
  );
}

export function verdictBadge({ verdict }: Comparison): string {
  return `<span class="verdict ${verdict}">${VERDICT_MARKS[verdict]} ${verdict}</span>`;
}
