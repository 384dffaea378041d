/** The figures of tails and CPU on the page, each with its numbers in a folded table. */
import { cpuBars, PART_WORDS } from "./charts/cpu-bars.js";
import { percentileChart, percentileText } from "./charts/percentile-chart.js";
import { CPU_PARTS, type CpuRow } from "./cpu-parts.js";
import { escapeHtml, headRow, htmlSection } from "../html-text.js";
import type { CurveSet } from "./percentile-curves.js";
import { count, duration } from "../quantities.js";
import type { ReportModel } from "./report-model.js";
import { roadColour } from "../road-paint.js";

/** Controls that the script brings to life; hidden without it. */
export function percentileSection({ curves: sets }: ReportModel): string {
  if (sets.length === 0) return "";
  const names = sets.map(({ title, method, quantity }) => `${title}: ${method}, ${quantity} time`);
  const options = names.map((name, i) => `<option value="${i}">${escapeHtml(name)}</option>`).join("");
  const scenarios = [
    ...new Map(sets.flatMap(({ curves }) => curves.map((one) => [one.scenario.name, one.scenario]))).values(),
  ];
  const roads = scenarios.map(
    (scenario) =>
      `<label><input type="checkbox" checked data-toggle="${escapeHtml(scenario.name)}"><span class="swatch" style="background:${roadColour(scenario)}"></span>${escapeHtml(scenario.name)}</label>`,
  );
  const figures = sets.map(
    (set, i) =>
      `<figure data-curves="${i}"><figcaption>${escapeHtml(names[i] ?? "")}</figcaption><div class="card pad scroll">${percentileChart(set, `curves-${i}`)}</div>${curveTable(set)}</figure>`,
  );
  return htmlSection(
    "The whole distribution",
    "How many calls took how long, from all trials of a road together; each further nine has the same room. Bands are drawn over blocks and decide nothing; a curve ends where fewer than 100 calls lie beyond it.",
    `<div class="controls" hidden><label>show <select id="pick-curves">${options}</select></label><label><input type="checkbox" id="linear"> linear scale</label><fieldset><legend>roads</legend>${roads.join("")}</fieldset></div>${figures.join("")}`,
  );
}

const TABLED = [0.5, 0.9, 0.99, 0.999];

function curveTable({ curves, method }: CurveSet): string {
  const rows = curves.map(({ scenario, calls, points }) => {
    const cells = TABLED.map((level) => {
      const point = points.find((one) => Math.abs(one.level - level) < 1e-9);
      if (point === undefined) return `<td class="number">n/a</td>`;
      const band =
        point.band === null ? "" : ` <small>[${duration(point.band.lowNs)}, ${duration(point.band.highNs)}]</small>`;
      return `<td class="number">${duration(point.valueNs)}${band}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(scenario.name)}</th><td class="number">${count(calls)}</td>${cells.join("")}</tr>`;
  });
  return folded(`The numbers: ${method}`, headRow(["road", "calls", ...TABLED.map(percentileText)]), rows);
}

export function cpuSection({ cpu }: ReportModel): string {
  const figures = cpu.map(
    ({ title, rows }, i) =>
      `<figure><figcaption>${escapeHtml(title)}</figcaption><div class="card pad scroll">${cpuBars(rows, `cpu-${i}`)}</div>${cpuTable(rows)}</figure>`,
  );
  if (figures.length === 0) return "";
  return htmlSection(
    "Who pays for it",
    "CPU a completed call, all methods together, by process. The caller may spin while it waits; it is no part of a road's cost. The residual is busy time of the node that belongs to no process we know.",
    figures.join(""),
  );
}

function cpuTable(rows: readonly CpuRow[]): string {
  const body = rows.map(
    ({ scenario, calls, parts }) =>
      `<tr><th scope="row">${escapeHtml(scenario.name)}</th><td class="number">${count(calls)}</td>${CPU_PARTS.map((part) => `<td class="number">${duration(parts[part])}</td>`).join("")}</tr>`,
  );
  return folded("The numbers", headRow(["road", "calls", ...CPU_PARTS.map((part) => PART_WORDS[part])]), body);
}

function folded(summary: string, head: string, rows: readonly string[]): string {
  return `<details><summary>${escapeHtml(summary)}</summary><div class="card pad scroll"><table>${head}<tbody>${rows.join("")}</tbody></table></div></details>`;
}
