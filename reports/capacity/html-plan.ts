/** The plan on the page: inputs, table, arithmetic, what changes when a wish does. */
import type { RoadPlan } from "../../results/capacity/plan.js";
import { sloText } from "../../results/capacity/slo.js";
import { percentText } from "../../results/verdict-words.js";
import { escapeHtml, headRow, htmlSection } from "../html-text.js";
import { count } from "../quantities.js";
import type { CapacityReport } from "./capacity-model.js";
import { figureInterval, money, moneyInterval, wholeInterval } from "./capacity-words.js";
import { fanOutText, FORMULAS, headroomText, roadArithmetic, wishesText } from "./plan-text.js";

export function planSection({ plan, asked, header }: CapacityReport): string {
  if (plan === null) return "";
  const { wishes, roads } = plan;
  const fanOut = roads.flatMap(({ road, fanOut: own }) =>
    own === null ? [] : [`<li>${escapeHtml(`${road.scenario.name}: ${fanOutText(own)}`)}</li>`],
  );
  const scope =
    header.environment === "lab"
      ? " What the lab's server does is next to nothing: this is what carrying the calls takes, not what serving them does."
      : "";
  return htmlSection(
    "The plan",
    `${wishesText(wishes)}.${scope}`,
    `<div class="card pad scroll">${demandTable(roads)}</div>` +
      `<details open><summary>The arithmetic</summary><pre>${escapeHtml(
        [...FORMULAS, ...roads.flatMap((road) => roadArithmetic(road, wishes))].join("\n"),
      )}</pre></details>${sensitivity(roads)}` +
      (fanOut.length === 0
        ? ""
        : `<h3>Payments of ${count(wishes.fanOut ?? 0)} calls, slow when one of them is</h3><p class="lead">1 − (1 − p)^k, p the share of calls slower than the limit of ${escapeHtml(sloText(asked.slo))}; the SLO itself lets ${percentText(1 - asked.slo.quantile ** (wishes.fanOut ?? 0))} of them be slow.</p><ul class="plain">${fanOut.join("")}</ul>`),
  );
}

function demandTable(roads: readonly RoadPlan[]): string {
  const head = headRow([
    "road",
    "nodes",
    "busy cores at the peak",
    "vCPU",
    "a million calls",
    "headroom to the SLO",
    "",
  ]);
  const rows = roads.map((plan) => {
    const { road, demand, refusal, notes } = plan;
    const name = `<th scope="row">${escapeHtml(road.scenario.name)}</th>`;
    if (demand === null) {
      return `<tr>${name}<td colspan="6" style="white-space:normal"><span class="mark bad" aria-hidden="true">✗</span>no nodes are said: ${escapeHtml(refusal ?? "")}</td></tr>`;
    }
    const cells = [
      wholeInterval(demand.nodes),
      figureInterval(demand.busyCores),
      figureInterval(demand.vcpu),
      moneyInterval(demand.costPerMillion),
      headroomText(plan),
    ];
    const told = notes.map((note) => `<small style="display:block">${escapeHtml(note)}</small>`).join("");
    return `<tr>${name}${cells.map((text) => `<td class="number">${text.replace(/(\[.*\])/, "<small>$1</small>")}</td>`).join("")}<td style="white-space:normal">${told}</td></tr>`;
  });
  return `<table>${head}<tbody>${rows.join("")}</tbody></table>`;
}

function sensitivity(roads: readonly RoadPlan[]): string {
  const planned = roads.filter(({ demand }) => demand !== null);
  const names = planned[0]?.demand?.sensitivity.map(({ name }) => name) ?? [];
  if (names.length === 0) return "";
  const rows = planned.map(({ road, demand }) => {
    const all = demand === null ? [] : [demand, ...demand.sensitivity];
    return `<tr><th scope="row">${escapeHtml(road.scenario.name)}</th>${all.map(({ nodes, costPerMillion }) => `<td class="number">${count(nodes.estimate)}<small style="display:block">${money(costPerMillion.estimate)}</small></td>`).join("")}</tr>`;
  });
  return `<h3>If a wish changes: nodes, and a million calls</h3><div class="card pad scroll"><table>${headRow(["road", "as planned", ...names])}<tbody>${rows.join("")}</tbody></table></div>`;
}
