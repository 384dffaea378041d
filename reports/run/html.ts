/**
 * The report of a run as one page. Content comes from the report model; this file only decides the order in which a
 * reader meets it.
 */
import { headlinePass } from "../../results/comparison-cells.js";
import type { Run } from "../../results/run-shape.js";
import { tollLadder } from "./charts/ladder.js";
import { trialDots } from "./charts/trial-dots.js";
import type { Claim } from "./claims.js";
import { cpuSection, percentileSection } from "./html-figures.js";
import { kernelSections } from "./html-kernel.js";
import { withoutExperimental } from "./kernel-part.js";
import { htmlPage } from "../html-page.js";
import { escapeHtml, htmlSection as section } from "../html-text.js";
import { count, duration } from "../quantities.js";
import type { ReportModel } from "./report-model.js";
import { tollSections } from "./html-tolls.js";

export function renderHtml(model: ReportModel, run: Run): string {
  const { header } = model;
  const body = [
    `<header><b>tollgate</b><span>${escapeHtml(model.machine)}</span><span>run ${escapeHtml(header.id)}</span></header>`,
    `<h1>${verdict(model)}</h1>`,
    model.footing === null ? "" : `<p class="footing">${escapeHtml(model.footing)}</p>`,
    stateNotice(model),
    basis(model),
    warnings(model),
    ladder(model),
    tollSections(model),
    percentileSection(model),
    cpuSection(model),
    dots(model, run),
    refusals(model),
    kernelSections(model.kernel),
    claims(model),
    method(model),
  ];
  return htmlPage(`tollgate · ${header.id}`, body);
}

function verdict(model: ReportModel): string {
  if (model.verdict.length === 0) return "This run holds too little to name a toll.";
  const tags = {
    plain: ["", ""],
    strong: ["<strong>", "</strong>"],
    faint: ['<span class="faint">', "</span>"],
  } as const;
  return model.verdict
    .map((sentence) =>
      sentence
        .map(({ text, emphasis }) => `${tags[emphasis][0]}${unbroken(escapeHtml(text))}${tags[emphasis][1]}`)
        .join(""),
    )
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
      `<li><span class="mark ${state}" aria-hidden="true">${marks[state]}</span>${escapeHtml(text)}</li>`,
  );
  return `<ul class="card basis" aria-label="What the numbers rest on">${items.join("")}</ul>`;
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
  if (figure === null) return "";
  return section(
    "The toll ladder",
    "What each mechanism adds to the median service time of one call, one after the other. Whiskers: the exact interval of each step, over blocks.",
    `<div class="card pad scroll">${figure}</div>`,
  );
}

function dots(model: ReportModel, run: Run): string {
  const figures = model.tables
    .filter((table) => table.isHeadline)
    .flatMap((table) => {
      const figure = trialDots({
        trials: run.trials,
        scenarios: withoutExperimental(model.header).scenarios,
        pass: table.pass,
        method: table.method,
        metric: `${table.quantity}_p50`,
      });
      return figure === null ? [] : [`<h3>${escapeHtml(table.title)}</h3><div class="card pad scroll">${figure}</div>`];
    });
  if (figures.length === 0) return "";
  return section(
    "Every trial",
    "One dot a trial, a thin line a block, hollow where the trial is suspect. If a road's dots wander, so should your trust.",
    figures.join(""),
  );
}

function refusals(model: ReportModel): string {
  if (model.refusals.length === 0) return "";
  const rows = model.refusals.map(
    ({ road, method: name, status, p50Ns, p99Ns, count: calls }) =>
      `<tr><th scope="row">${escapeHtml(road)}</th><td>${escapeHtml(name)}</td><td>${escapeHtml(status)}</td><td class="number">${p50Ns === null ? "n/a" : duration(p50Ns)}</td><td class="number">${p99Ns === null ? "n/a" : duration(p99Ns)}</td><td class="number">${count(calls)}</td></tr>`,
  );
  const head = ["road", "method", "status", "p50", "p99", "calls"]
    .map((text) => `<th scope="col">${text}</th>`)
    .join("");
  return section(
    "Refused calls",
    "How long until a call that no rule allows is refused, and how.",
    `<div class="card pad scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`,
  );
}

function claims(model: ReportModel): string {
  const classes: Record<Claim["verdict"], string> = {
    refuted: "refuted",
    confirmed: "confirmed",
    "not settled": "unsettled",
    "not measured here": "unmeasured",
  };
  const cards = model.claims.map(
    ({ claim, verdict: word, because }) =>
      `<div class="card pad"><blockquote>“${escapeHtml(claim)}”</blockquote><p class="verdict ${classes[word]}">${word}</p>${because.map((reason) => `<p>${escapeHtml(reason)}</p>`).join("")}</div>`,
  );
  return section(
    "The claims, on trial",
    "Statements of a much-read article about these roads, against what was measured.",
    `<div class="claims">${cards.join("")}</div>`,
  );
}

function method(model: ReportModel): string {
  const { header } = model;
  const facts = Object.entries(header.fingerprint).map(
    ([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  const passes = header.design.passes.map(
    (pass) =>
      `<dt>${pass.name}</dt><dd>${pass.blocks} blocks × ${pass.scenarios.length} roads, warm-up ${duration(pass.plan.warmupNs)}, window ${duration(pass.plan.windowNs)}</dd>`,
  );
  return section(
    "Method, machine, limits",
    "Everything needed to run it again.",
    `<div class="card pad"><dl>${passes.join("")}<dt>seed</dt><dd>${header.design.seed}</dd>` +
      `<dt>generator on CPU</dt><dd>${escapeHtml(header.placement.generator)}</dd><dt>server on CPU</dt><dd>${escapeHtml(header.placement.server)}</dd><dt>proxy on CPU</dt><dd>${escapeHtml(header.placement.proxy)}</dd></dl>` +
      `<details><summary>Fingerprint of the environment</summary><dl>${facts.join("")}</dl></details></div>` +
      `<pre>${escapeHtml(header.command.join(" "))}\ntollgate run --like ${escapeHtml(header.id)}</pre>` +
      `<ul class="plain">${model.limits.map((text) => `<li>${escapeHtml(text)}</li>`).join("")}</ul>`,
  );
}
