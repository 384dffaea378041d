/**
 * What a reader may choose, once for all figures: load and method, latency, percentile, scale, roads. The script brings
 * it to life; without script it stays hidden and everything is shown.
 */
import { escapeHtml } from "../html-text.js";
import { roadColour } from "../road-paint.js";
import type { ReportModel } from "./report-model.js";
import { QUANTILE_NAMES, quantileText } from "./toll-tables.js";

export function controls({ tables, header }: ReportModel): string {
  if (tables.length === 0) return "";
  // A load of which nothing can be shown is no beginning.
  const first = tables.find(({ steps }) => steps.some(({ at }) => (at.p50?.absoluteNs ?? null) !== null)) ?? tables[0];
  const loads = [...new Set(tables.map(({ pass, method }) => `${pass}/${method}`))].map((load) => {
    const own = tables.filter((table) => `${table.pass}/${table.method}` === load);
    const quantities = own.map(({ quantity }) => quantity).join(" ");
    const text = `${own[0]?.title ?? ""}: ${own[0]?.method ?? ""}`;
    const isFirst = first !== undefined && own.includes(first);
    return `<option value="${escapeHtml(load)}"${isFirst ? " selected" : ""} data-quantities="${quantities}">${escapeHtml(text)}</option>`;
  });
  const quantities = [...new Set(tables.map(({ quantity }) => quantity))].map(
    (quantity) => `<option value="${quantity}">${quantity} time</option>`,
  );
  const quantiles = QUANTILE_NAMES.map((name) => `<option value="${name}">${quantileText(name)}</option>`);
  const shown = new Set(tables.flatMap(({ rows }) => rows.map(({ scenario }) => scenario.name)));
  const roads = header.scenarios
    .filter(({ name }) => shown.has(name))
    .map(
      (scenario) =>
        `<label><input type="checkbox" checked name="road" value="${escapeHtml(scenario.name)}"><span class="swatch" style="background:${roadColour(scenario)}"></span>${escapeHtml(scenario.name)}</label>`,
    );
  return (
    `<form class="controls" aria-label="What the figures show" hidden>` +
    `<label>load <select name="load">${loads.join("")}</select></label>` +
    `<label>latency <select name="quantity">${quantities.join("")}</select></label>` +
    `<label>percentile <select name="quantile">${quantiles.join("")}</select></label>` +
    `<label><input type="checkbox" name="linear">linear scale</label>` +
    `<fieldset><legend>roads</legend>${roads.join("")}</fieldset></form>`
  );
}
