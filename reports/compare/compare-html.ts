/** The report on two runs as one page. This file only decides the order in which a reader meets its parts. */
import type { Shift } from "../../results/across/shift.js";
import { tollShifts } from "../charts/toll-shifts.js";
import { csvLink } from "../html-numbers.js";
import { htmlPage } from "../html-page.js";
import { escapeHtml, headRow, htmlSection as section } from "../html-text.js";
import { durationInterval, ratioInterval } from "../quantities.js";
import { roadColour } from "../road-paint.js";
import type { Sentence } from "../run/verdict-sentences.js";
import { ACROSS_MARKS } from "./across-marks.js";
import { shiftsCsv } from "./compare-csv.js";
import { chainOf, type CompareModel, type RunLine, type ShiftRow, type ShiftTable } from "./compare-model.js";
import { tollText } from "./shift-sentences.js";

export function renderCompareHtml(model: CompareModel): string {
  return htmlPage(`tollgate · ${model.before.id} against ${model.after.id}`, [
    `<header><b>tollgate</b><span>two runs, not interleaved</span></header>`,
    ...verdict(model),
    `<p class="footing">${escapeHtml(model.footing)}</p>`,
    runs(model),
    ...model.warnings.map(
      (text) => `<p class="card alert" role="note"><span class="mark doubtful">!</span>${escapeHtml(text)}</p>`,
    ),
    shifts(model),
    setUp(model),
    uncompared(model),
    method(model),
  ]);
}

/** What is claimed stands large; what could not be told stands below it. */
function verdict({ verdict: sentences }: CompareModel): string[] {
  const firm = sentences.filter(({ isFirm }) => isFirm).map(({ text }) => marked(text));
  const open = sentences.filter(({ isFirm }) => !isFirm).map(({ text }) => `<p>${marked(text)}</p>`);
  const nothing =
    sentences.length === 0
      ? "No toll of a declared chain stands in either run."
      : "These two runs cannot tell whether a toll of the declared chains moved.";
  return [`<h1>${firm.length === 0 ? nothing : firm.join("<br>")}</h1>`, ...open];
}

const TAGS = { plain: ["", ""], strong: ["<strong>", "</strong>"], faint: ["", ""] } as const;

function marked(sentence: Sentence): string {
  return sentence.map(({ text, emphasis }) => `${TAGS[emphasis][0]}${escapeHtml(text)}${TAGS[emphasis][1]}`).join("");
}

function runs({ before, after }: CompareModel): string {
  const item = (word: string, { id, createdAt, tags, machine, state }: RunLine): string => {
    const named = [...new Set(tags)].map((tag) => ` · ${escapeHtml(tag)}`).join("");
    const begun = createdAt.slice(0, 16).replace("T", " ");
    return `<dt>${word}</dt><dd><b>${escapeHtml(id)}</b>${named}<br>begun ${escapeHtml(begun)}, ${escapeHtml(state)}<br>${escapeHtml(machine)}</dd>`;
  };
  return `<div class="card pad"><dl>${item("then", before)}${item("now", after)}</dl></div>`;
}

function shifts(model: CompareModel): string {
  const colours = new Map(
    model.comparison.after.header.scenarios.map((scenario) => [scenario.name, roadColour(scenario)]),
  );
  return model.tables
    .filter(({ isHeadline }) => isHeadline)
    .map((table, i) => {
      const others = model.tables.filter((one) => one.pass === table.pass && !one.isHeadline);
      const medians = table.rows.filter(({ figure }) => figure === "p50");
      const lines = medians.map(({ cell }) => ({
        label: chainOf(cell),
        cell,
        colour: colours.get(cell.candidate) ?? "var(--ink)",
      }));
      const figure = tollShifts(lines, `shifts-${i}`);
      return section(
        `${table.title}: tolls then and now`,
        `${table.subject}. Each toll is taken inside the blocks of its own run; the band is the margin below which a change counts as none.`,
        `${figure === null ? "" : `<figure><figcaption>p50</figcaption><div class="card pad scroll">${figure}</div></figure>`}${shiftTable(medians, false)}${csvOf(table)}${folded(`Every figure of ${table.method}, with what is to be said of it`, shiftTable(table.rows, true))}${others.map((other) => folded(other.subject, shiftTable(other.rows, true) + csvOf(other))).join("")}`,
      );
    })
    .join("");
}

/** Every figure of a method under a load. */
function csvOf({ pass, method, rows }: ShiftTable): string {
  return `<p class="beneath">${csvLink(`shifts-${pass}-${method}.csv`, shiftsCsv(rows))}</p>`;
}

const HEAD = ["toll of", "figure", "then", "now", "change", "ratio", "verdict"];

function shiftTable(rows: readonly ShiftRow[], withNotes: boolean): string {
  const body = rows.map((row) => shiftRow(row, withNotes));
  return `<div class="card pad scroll"><table class="tolls stack">${headRow(HEAD)}<tbody>${body.join("")}</tbody></table></div>`;
}

function shiftRow({ figure, cell }: ShiftRow, withNotes: boolean): string {
  const { shift, before, after } = cell;
  return (
    `<tr><th scope="row">${escapeHtml(chainOf(cell))}</th><td data-label="figure">${figure}</td>` +
    number("then", tollText(before)) +
    number("now", tollText(after)) +
    number("change", shift === null ? "" : faintBounds(durationInterval(shift.changeNs))) +
    number("ratio", shift === null ? "" : faintBounds(ratioInterval(shift.ratio))) +
    `<td data-label="verdict">${word(cell, withNotes)}</td></tr>`
  );
}

function word({ verdict: said, before, after, notes, shift }: ShiftRow["cell"], withNotes: boolean): string {
  const style = said === "not compared" ? "inconclusive" : said;
  const blocks = `n ${before?.blocks ?? 0} and ${after?.blocks ?? 0}`;
  const marks = `<span class="verdict ${style}">${ACROSS_MARKS[said]} ${said}</span> <small>${blocks}${shift === null ? "" : brunnerMunzel(shift)}</small>`;
  return withNotes && notes.length > 0 ? `${marks}<br><small>${escapeHtml(notes.join("; "))}</small>` : marks;
}

function brunnerMunzel({ brunnerMunzel: { p, small } }: Shift): string {
  return `, Brunner-Munzel p ${p < 0.001 ? "&lt; 0.001" : p.toFixed(3)}${small ? " (few)" : ""}`;
}

function setUp({ setUp: { groups, cause } }: CompareModel): string {
  const rows = groups.flatMap(({ group, changes }) =>
    changes.map(
      ({ key, before, after }) =>
        `<tr><th scope="row">${group}</th><td>${escapeHtml(key)}</td>${fact(before)}${fact(after)}</tr>`,
    ),
  );
  const table =
    rows.length === 0
      ? ""
      : `<div class="card pad scroll"><table class="facts">${headRow(["group", "fact", "then", "now"])}<tbody>${rows.join("")}</tbody></table></div>`;
  return section("What else differs", cause, table);
}

/** Hashes and lists of flags are long: they may break. */
function fact(value: string | null): string {
  return value === null
    ? "<td><small>not there</small></td>"
    : `<td style="white-space:normal;overflow-wrap:anywhere">${escapeHtml(value)}</td>`;
}

function uncompared({ uncompared: all }: CompareModel): string {
  if (all.length === 0) return "";
  const items = all.map(
    ({ chain, verdict: said, passes, reason, cells }) =>
      `<tr><th scope="row">${escapeHtml(chain)}</th><td>${ACROSS_MARKS[said]} ${said}</td><td>${passes.join(", ")}</td><td class="number">${cells}</td><td style="white-space:normal">${escapeHtml(reason)}</td></tr>`,
  );
  return section(
    "Not compared",
    "Cells of one run only, and cells whose numbers would be numbers of different things.",
    `<div class="card pad scroll"><table>${headRow(["toll of", "", "loads", "cells", "because"])}<tbody>${items.join("")}</tbody></table></div>`,
  );
}

function method({ before, after, comparison }: CompareModel): string {
  return section(
    "Method and limits",
    "How the two runs were held against each other.",
    `<ul class="plain"><li>Per block of each run θ = ln toll ratio; the difference of the two runs by the two-sample Hodges-Lehmann estimate with its exact rank interval, Brunner-Munzel beside it.</li>` +
      `<li>${declaredText(comparison)}</li>` +
      `<li>The change in nanoseconds still holds the machine's speed; the ratio does not.</li>` +
      `<li>Not interleaved: each run had its own processes on its own day, and their luck is in the difference. Where it matters, confirm with both versions as arms of one run.</li></ul>` +
      `<pre>tollgate compare ${escapeHtml(before.id)} ${escapeHtml(after.id)}\ntollgate run --like ${escapeHtml(before.id)}</pre>`,
  );
}

function declaredText({ declared: { size, confidence } }: CompareModel["comparison"]): string {
  const rest = "exploratory (Benjamini-Hochberg)";
  if (size === 0) return `No chain of the declared family stands in both runs: all cells are ${rest}.`;
  return `${size} cells are the declared family (Holm; intervals at ${(confidence * 100).toFixed(2)} %), all others ${rest}.`;
}

const folded = (summary: string, content: string): string =>
  `<details><summary>${escapeHtml(summary)}</summary>${content}</details>`;
const number = (label: string, html: string): string => `<td class="number" data-label="${label}">${html}</td>`;
const faintBounds = (text: string): string => text.replace(/(\[.*\])/, "<small>$1</small>");
