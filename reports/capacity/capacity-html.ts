/**
 * A capacity search as one page. Content comes from the report; this file only decides the order in which a reader meets
 * it.
 */
import { sloText } from "../../results/capacity/slo.js";
import type { RoadCapacity } from "../../results/capacity/road-capacity.js";
import { percentText } from "../../results/verdict-words.js";
import { htmlPage } from "../html-page.js";
import { escapeHtml, headRow, htmlSection as section } from "../html-text.js";
import { roadColour } from "../road-paint.js";
import type { CapacityReport } from "./capacity-model.js";
import { capacityBasis, capacityText, rate } from "./capacity-words.js";
import { cpuSection, curveSection } from "./html-curves.js";
import { planSection } from "./html-plan.js";

export function renderCapacityHtml(report: CapacityReport): string {
  const { header } = report;
  return htmlPage(`tollgate capacity · ${header.id}`, [
    `<header><b>tollgate</b><span>capacity</span><span>${escapeHtml(report.machine)}</span><span>run ${escapeHtml(header.id)}</span></header>`,
    `<h1>${escapeHtml(report.title)}</h1>`,
    stateNotice(report),
    `<ul class="card basis" aria-label="What was found">${report.verdict.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join("")}</ul>`,
    ...report.warnings.map(
      (text) =>
        `<p class="card alert" role="note"><span class="mark doubtful" aria-hidden="true">!</span>${escapeHtml(text)}</p>`,
    ),
    ends(report),
    planSection(report),
    curveSection(report),
    cpuSection(report),
    method(report),
  ]);
}

function stateNotice({ state, stateMessage }: CapacityReport): string {
  if (state === "complete") return "";
  return `<p class="card alert" role="note"><b>${state}.</b> ${escapeHtml(stateMessage ?? "The search was cut short; what is shown is what was kept.")}</p>`;
}

function ends({ roads, asked }: CapacityReport): string {
  if (roads.length === 0) return "";
  const lead = `SLO: response ${sloText(asked.slo)} of ProcessPayment, at most ${percentText(asked.failureBudget)} failed or unanswered, 99.5 % of the scheduled calls sent. A search that met the machine or our own generator gives no capacity.`;
  const head = headRow(["road", "largest rate at the SLO", "the search ended", "because", "knee"]);
  return section(
    "How far each road went",
    lead,
    `<div class="card pad scroll"><table>${head}<tbody>${roads.map(endRow).join("")}</tbody></table></div>`,
  );
}

function endRow(road: RoadCapacity): string {
  const { scenario, end, because, knee } = road;
  const kneeText = knee === null ? "n/a" : `${knee.isLast ? "≥ " : ""}${rate(knee.rate)}`;
  const isOfRoad = road.capacity !== null;
  return (
    `<tr><th scope="row"><span class="swatch" style="background:${roadColour(scenario)}"></span>${escapeHtml(scenario.name)}</th>` +
    `<td class="number"><b>${capacityText(road)}</b></td>` +
    `<td><span class="verdict ${isOfRoad ? "confirmed" : "unsettled"}">${isOfRoad ? "■" : "□"} ${end}</span></td>` +
    `<td style="white-space:normal;min-width:22em">${escapeHtml(because.join("; "))}<small style="display:block">${escapeHtml(capacityBasis(road))}</small></td>` +
    `<td class="number">${kneeText}</td></tr>`
  );
}

function method({ header, limits, asked, plan }: CapacityReport): string {
  const pass = header.design.passes.find(({ name }) => name === "capacity");
  const search = pass?.search;
  const facts = Object.entries(header.fingerprint).map(
    ([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  const rows: [string, string][] = [
    ["SLO", sloText(asked.slo)],
    ...(search === undefined
      ? []
      : ([
          [
            "rates",
            `from ${rate(search.startRate)}, at most ${rate(search.maxRate)}, to within ${percentText(search.precision)}`,
          ],
        ] satisfies [string, string][])),
    ["seed", String(header.design.seed)],
    ["generator", header.placement.generator],
    ["server", header.placement.server],
    ["proxy", `${header.placement.proxy}, ${header.placement.envoyConcurrency ?? "?"} workers`],
  ];
  const terms = rows.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`).join("");
  const again =
    plan === null
      ? `\ntollgate capacity plan ${header.id} --peak 20000 --node-cores 16 --utilisation 0.6 --price 0.04`
      : "";
  return section(
    "Method, machine, limits",
    "Doubling until a rate is missed, bisection to the precision, two fresh trials at the largest held rate. A rate is held when more of its trials met the SLO than missed it; a miss that no full core explains counts when it was seen twice. The knee is where rate ÷ mean response is greatest.",
    `<div class="card pad"><dl>${terms}</dl><details><summary>Fingerprint of the environment</summary><dl>${facts.join("")}</dl></details></div>` +
      `<pre>${escapeHtml(`${header.command.join(" ")}${again}`)}</pre>` +
      `<ul class="plain">${limits.map((text) => `<li>${escapeHtml(text)}</li>`).join("")}</ul>`,
  );
}
