/**
 * The report of a run as one page. Content comes from the report model; this file only decides the order in which a
 * reader meets it.
 */
import { headlinePass } from "../../results/comparison-cells.js";
import { kernelSections } from "./html-kernel.js";
import { htmlPage } from "../html-page.js";
import { envoyColours } from "../road-paint.js";
import { escapeHtml, htmlFigure, htmlSection } from "../html-text.js";
import { tollLadder } from "./charts/ladder.js";
import { controls } from "./html-controls.js";
import { cpuSection } from "./html-cpu.js";
import { distributionSection, ratioSection } from "./html-distribution.js";
import { claimsSection, refusalsSection } from "./html-claims.js";
import { forestSection } from "./html-forest.js";
import { methodSection, rawFilesSection } from "./html-method.js";
import { tollSection } from "./html-tolls.js";
import { trialsSection } from "./html-trials.js";
import type { ReportModel } from "./report-model.js";

export interface HtmlOptions {
  /** From the page to the run's folder, for links: `.` beside the record; null where that is not known. */
  readonly folder: string | null;
}

export function renderHtml(model: ReportModel, { folder }: HtmlOptions): string {
  const { header } = model;
  const body = [
    `<header><b>tollgate</b><span>run ${escapeHtml(header.id)}</span><span>${escapeHtml(header.createdAt.slice(0, 16).replace("T", " "))} UTC</span></header>`,
    `<h1>${verdict(model)}</h1>`,
    model.footing === null ? "" : `<p class="footing">${escapeHtml(model.footing)}</p>`,
    stateNotice(model),
    basis(model),
    warnings(model),
    ladder(model),
    controls(model),
    tollSection(model),
    forestSection(model),
    distributionSection(model),
    ratioSection(model),
    cpuSection(model),
    trialsSection(model),
    refusalsSection(model),
    kernelSections(model.kernel),
    claimsSection(model),
    methodSection(model),
    rawFilesSection(model, folder),
  ];
  return htmlPage(`tollgate · ${header.id}`, [envoyColours(header.scenarios), ...body]);
}

function verdict(model: ReportModel): string {
  if (model.verdict.length === 0) return "This run holds too little to name a toll.";
  const tags = {
    plain: ["", ""],
    strong: ["<strong>", "</strong>"],
    faint: ['<span class="faint">', "</span>"],
  } as const;
  return model.verdict
    .map((sentence) => {
      const parts = sentence.map(
        ({ text, emphasis }) => `${tags[emphasis][0]}${unbroken(escapeHtml(text))}${tags[emphasis][1]}`,
      );
      return `<span class="sentence">${parts.join("")}</span>`;
    })
    .join(" ");
}

/** No line may end between a number and its unit. */
const unbroken = (text: string): string => text.replace(/(\d) (?=[µmn]?s\b)/g, "$1\u00a0");

function stateNotice(model: ReportModel): string {
  if (model.state === "complete") return "";
  return `<p class="card alert" role="note"><b>${model.state}.</b> ${escapeHtml(model.stateMessage ?? "The run was cut short; what is shown is what was kept.")}</p>`;
}

function basis(model: ReportModel): string {
  const marks = { good: "✓", doubtful: "!", bad: "✗" } as const;
  const items = model.basis.map(
    ({ state, text }) =>
      `<li><span class="mark ${state}" role="img" aria-label="${state}">${marks[state]}</span>${escapeHtml(text)}</li>`,
  );
  return `<ul class="card basis" aria-label="What the numbers rest on">${items.join("")}<li class="machine">${escapeHtml(model.machine)}</li></ul>`;
}

function warnings(model: ReportModel): string {
  return model.warnings
    .map((text) => `<p class="card alert" role="note"><span class="mark doubtful">!</span>${escapeHtml(text)}</p>`)
    .join("");
}

function ladder(model: ReportModel): string {
  const headline = headlinePass(model.header.design);
  const single = model.tables.find((table) => table.pass === headline && table.isHeadline);
  const figure = single === undefined ? null : tollLadder(single, model.comparison.comparisons);
  if (single === undefined || figure === null) return "";
  return htmlSection(
    "The toll ladder",
    "What each mechanism adds to the median service time of one call, one after the other. Whiskers: the exact interval of each step, over blocks; every step is a comparison that was made.",
    htmlFigure(`${single.title}: ${single.method}, service time p50`, figure, ""),
  );
}
