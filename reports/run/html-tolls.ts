/** The toll tables of the page: one per load with an interval glyph in each row; further methods and quantiles folded. */
import type { Comparison } from "../../results/comparison-shape.js";
import { glyphAxis, intervalGlyph } from "../charts/interval-glyph.js";
import { escapeHtml, headRow, htmlSection } from "../html-text.js";
import { count, duration, durationInterval, ratioInterval } from "../quantities.js";
import type { ReportModel } from "./report-model.js";
import { roadColour } from "../road-paint.js";
import { QUANTILE_NAMES, tableSubject, type TollCell, type TollRow, type TollTable } from "./toll-tables.js";
import { VERDICT_MARKS } from "../verdict-marks.js";

export function tollSections({ tables }: ReportModel): string {
  return tables
    .filter((table) => table.isHeadline)
    .map((table) => {
      const others = tables.filter((one) => one.pass === table.pass && !one.isHeadline);
      return htmlSection(
        `${table.title}: tolls`,
        `${tableSubject(table)}. Each road against the road that differs from it in one thing; the band is the margin below which a difference counts as none. CPU a call: of all processes but the caller.`,
        `<div class="card pad scroll">${tollTable(table)}</div>${allQuantiles(table)}${others.map(otherMethod).join("")}`,
      );
    })
    .join("");
}

function otherMethod(table: TollTable): string {
  return `<details><summary>${escapeHtml(tableSubject(table))}</summary><div class="card pad scroll">${tollTable(table)}</div>${allQuantiles(table)}</details>`;
}

const HEAD = ["road", "p50", "toll at p50", "", "ratio", "verdict", "p99", "toll at p99", "Envoy CPU", "node CPU"];

function tollTable(table: TollTable): string {
  const axis = glyphAxis(table.rows.map((row) => row.at.p50.toll));
  return `<table class="tolls">${headRow(HEAD)}<tbody>${table.rows.map((row) => tollRow(row, axis)).join("")}</tbody></table>`;
}

function tollRow(row: TollRow, axis: ReturnType<typeof glyphAxis>): string {
  const { scenario, at } = row;
  const against =
    scenario.baseline === null
      ? escapeHtml(scenario.differs)
      : `over ${escapeHtml(scenario.baseline)}: ${escapeHtml(scenario.differs)}`;
  return [
    `<tr${scenario.twinOf === null ? "" : ' class="twin"'}><th scope="row"><span class="swatch" style="background:${roadColour(scenario)}"></span>${escapeHtml(scenario.name)}<small>${against}</small></th>`,
    number(level(at.p50)),
    number(toll(at.p50.toll)),
    `<td>${intervalGlyph(at.p50.toll, axis)}</td>`,
    number(ratio(at.p50.toll)),
    `<td>${verdictWord(at.p50.toll)}</td>`,
    number(level(at.p99)),
    number(`${at.p99.toll === null ? "" : `${verdictMark(at.p99.toll)} `}${toll(at.p99.toll)}`),
    number(optional(row.envoyCpu)),
    number(optional(row.nodeCpu)),
    "</tr>",
  ].join("");
}

/** Every quantile with its count, ratio and verdict: what the table above has no room for. */
function allQuantiles(table: TollTable): string {
  const rows = table.rows.flatMap((row) => [
    ...QUANTILE_NAMES.map((name) => ({ row, name: name === "p999" ? "p99.9" : name, cell: row.at[name] })),
    { row, name: "Envoy CPU", cell: row.envoyCpu },
    { row, name: "node CPU", cell: row.nodeCpu },
  ]);
  const body = rows
    .filter(({ cell }) => cell.levelNs !== null)
    .map(
      ({ row, name, cell }) =>
        `<tr><th scope="row">${escapeHtml(row.scenario.name)}</th><td>${name}</td>${number(level(cell))}${number(count(cell.calls))}${number(toll(cell.toll))}${number(ratio(cell.toll))}<td>${verdictWord(cell.toll)}</td></tr>`,
    );
  if (body.length === 0) return "";
  return (
    `<details><summary>Every quantile of ${escapeHtml(table.method)}, with its calls</summary><div class="card pad scroll"><table>` +
    `${headRow(["road", "figure", "level", "calls", "toll", "ratio", "verdict"])}<tbody>${body.join("")}</tbody></table></div></details>`
  );
}

const number = (html: string): string => `<td class="number">${html}</td>`;
const level = ({ levelNs }: TollCell): string => (levelNs === null ? "n/a" : duration(levelNs));
const optional = ({ levelNs }: TollCell): string => (levelNs === null ? "" : duration(levelNs));
const toll = (one: Comparison | null): string =>
  one?.absoluteNs === undefined || one.absoluteNs === null ? "" : faintBounds(durationInterval(one.absoluteNs));
const ratio = (one: Comparison | null): string =>
  one?.ratio === undefined || one.ratio === null ? "" : faintBounds(ratioInterval(one.ratio));

const faintBounds = (text: string): string => text.replace(/(\[.*\])/, "<small>$1</small>");

function verdictWord(one: Comparison | null): string {
  if (one === null) return "";
  const notes =
    one.notes.length === 0 || one.family === "control" ? "" : `<small>${escapeHtml(one.notes.join("; "))}</small>`;
  return `<span class="verdict ${one.verdict}">${VERDICT_MARKS[one.verdict]} ${one.verdict}</span> <small>n ${one.n}${one.suspect > 0 ? `, ${one.suspect} suspect` : ""}</small>${notes}`;
}

function verdictMark({ verdict }: Comparison): string {
  return `<span class="verdict ${verdict}" role="img" aria-label="${verdict}" title="${verdict}">${VERDICT_MARKS[verdict]}</span>`;
}
