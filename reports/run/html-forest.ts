/**
 * Everything that was compared, at a glance: one row per chain and figure, as a ratio on one scale. The shape at the
 * estimate is the verdict.
 */
import type { Comparison, Interval } from "../../results/comparison-shape.js";
import { ratioGlyph, ratioGlyphAxis, ratioGlyphScale, type GlyphAxis } from "../charts/interval-glyph.js";
import { escapeHtml, htmlSection } from "../html-text.js";
import { durationInterval, ratioInterval } from "../quantities.js";
import { roadColour } from "../road-paint.js";
import { pairText, verdictBadge } from "./html-tolls.js";
import type { ReportModel } from "./report-model.js";
import { hasRatio, QUANTILE_NAMES, quantileText, type TollStep, type TollTable } from "./toll-tables.js";

export function forestSection({ tables }: ReportModel): string {
  const forests = tables.map(forest).filter((html) => html !== "");
  if (forests.length === 0) return "";
  return htmlSection(
    "All verdicts at a glance",
    "Every chain in every figure, as a ratio to its baseline on one logarithmic scale. ▲ slower, ▼ faster, ■ indistinguishable within the margin, ○ inconclusive. The same numbers stand in the tables above, and in the CSV of the whole run.",
    forests.join(""),
  );
}

interface Figure {
  readonly label: string;
  readonly cell: Comparison & { readonly ratio: Interval };
}

function forest(table: TollTable): string {
  const groups = table.steps
    .map((step) => ({ step, figures: figuresOf(step) }))
    .filter(({ figures }) => figures.length > 0);
  if (groups.length === 0) return "";
  const axis = ratioGlyphAxis(
    groups.flatMap(({ figures }) => figures.map(({ cell }) => cell)),
    380,
  );
  const caption = `${table.method}, ${table.quantity} time, and CPU a call`;
  const head = ["figure", ratioGlyphScale(axis), "ratio", "difference", "verdict"].map(
    (html, i) => `<th scope="col"${i === 2 || i === 3 ? ' class="number"' : ""}>${html}</th>`,
  );
  return (
    `<div data-view="${escapeHtml(table.view)}"><h3>${escapeHtml(caption)} <small>${escapeHtml(table.title)}</small></h3>` +
    `<div class="card scroll"><table class="forest stack" aria-label="${escapeHtml(`All verdicts: ${caption}`)}"><thead><tr>${head.join("")}</tr></thead>` +
    `${groups.map(({ step, figures }) => group(step, figures, axis)).join("")}</table></div></div>`
  );
}

function figuresOf({ at, nodeCpu, envoyCpu }: TollStep): Figure[] {
  const figures = [
    ...QUANTILE_NAMES.map((name) => ({ label: quantileText(name), cell: at[name] })),
    { label: "node CPU", cell: nodeCpu },
    { label: "Envoy CPU", cell: envoyCpu },
  ];
  return figures.flatMap(({ label, cell }) => (cell === null || !hasRatio(cell) ? [] : [{ label, cell }]));
}

function group(step: TollStep, figures: readonly Figure[], axis: GlyphAxis): string {
  const roads = escapeHtml(`${step.candidate.name} ${step.baseline.name}`);
  const rows = figures.map(
    ({ label, cell }) =>
      `<tr><th scope="row">${label}</th><td class="figure">${ratioGlyph(cell, axis)}</td>` +
      `<td class="number" data-label="ratio">${faint(ratioInterval(cell.ratio))}</td>` +
      `<td class="number" data-label="difference">${cell.absoluteNs === null ? "" : faint(durationInterval(cell.absoluteNs))}</td>` +
      `<td data-label="verdict">${verdictBadge(cell)} <small>n ${cell.n}</small></td></tr>`,
  );
  return (
    `<tbody data-roads="${roads}"${step.kind === "control" ? ' class="twin"' : ""}><tr class="group"><th colspan="5" scope="rowgroup">` +
    `<span class="swatch" style="background:${roadColour(step.candidate)}"></span>${escapeHtml(pairText(step))} <small>${escapeHtml(step.differs)}</small></th></tr>${rows.join("")}</tbody>`
  );
}

const faint = (text: string): string => text.replace(/(\[.*\])/, "<small>$1</small>");
