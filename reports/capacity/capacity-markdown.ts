/** A capacity search as Markdown, for a pull request or a planning document: ends, CPU lines, the plan, limits. */
import { sloText } from "../../results/capacity/slo.js";
import { percentText } from "../../results/verdict-words.js";
import { durationInterval } from "../quantities.js";
import type { CapacityReport } from "./capacity-model.js";
import {
  capacityBasis,
  capacityText,
  cores,
  figureInterval,
  moneyInterval,
  rate,
  wholeInterval,
} from "./capacity-words.js";
import { bullets, markdownTable, plainMarkdown } from "../markdown-text.js";
import { fanOutText, headroomText, roadArithmetic, wishesText } from "./plan-text.js";

export function renderCapacityMarkdown(report: CapacityReport): string {
  const { header, asked } = report;
  return [
    `# ${report.title}`,
    `tollgate capacity · ${plainMarkdown(header.id)} · ${plainMarkdown(report.machine)}`,
    report.state === "complete"
      ? ""
      : `**${report.state}**: ${plainMarkdown(report.stateMessage ?? "the search was cut short")}`,
    bullets(report.verdict.map(plainMarkdown)),
    bullets(report.warnings.map((text) => `⚠ ${plainMarkdown(text)}`)),
    `## How far each road went\n\nSLO: response ${plainMarkdown(sloText(asked.slo))} of ProcessPayment, at most ${percentText(asked.failureBudget)} failed, 99.5 % sent.\n\n${ends(report)}`,
    `## CPU\n\nfixed + rate × CPU a call; median of slopes, exact interval.\n\n${lines(report)}`,
    plan(report),
    `## Limits\n\n${bullets(report.limits.map(plainMarkdown))}`,
    `## Again\n\n\`\`\`sh\n${header.command.join(" ")}\n\`\`\``,
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function ends({ roads }: CapacityReport): string {
  const rows = roads.map((road) => [
    plainMarkdown(road.scenario.name),
    capacityText(road),
    road.end,
    plainMarkdown([...road.because, capacityBasis(road)].filter((text) => text !== "").join("; ")),
    road.knee === null ? "n/a" : `${road.knee.isLast ? "≥ " : ""}${rate(road.knee.rate)}`,
  ]);
  return markdownTable(["road", "largest rate at the SLO", "the search ended", "because", "knee"], rows, "lrllr");
}

function lines({ roads }: CapacityReport): string {
  const price = (interval: Parameters<typeof durationInterval>[0]): string =>
    durationInterval(interval).replace(/^\+/, "");
  const rows = roads.map(({ scenario, lines: own }) => [
    plainMarkdown(scenario.name),
    own.road === null ? "n/a" : cores(own.road.fixedNsPerSecond.estimate),
    own.road === null ? "n/a" : price(own.road.perCallNs),
    own.envoy === null || own.envoy.perCallNs.high < 100 ? "" : price(own.envoy.perCallNs),
    own.road === null ? "" : String(own.road.points.length),
  ]);
  return markdownTable(["road", "fixed, cores", "CPU a call", "of it Envoy", "rates"], rows, "lrrrr");
}

function plan({ plan: asked }: CapacityReport): string {
  if (asked === null) return "";
  const rows = asked.roads.map((road) =>
    road.demand === null
      ? [plainMarkdown(road.road.scenario.name), "refused", "", "", "", plainMarkdown(road.refusal ?? "")]
      : [
          plainMarkdown(road.road.scenario.name),
          wholeInterval(road.demand.nodes),
          figureInterval(road.demand.busyCores),
          figureInterval(road.demand.vcpu),
          moneyInterval(road.demand.costPerMillion),
          [headroomText(road), ...road.notes].map(plainMarkdown).join("; "),
        ],
  );
  const arithmetic = asked.roads.flatMap((road) => roadArithmetic(road, asked.wishes));
  const fanOut = asked.roads.flatMap(({ road, fanOut: own }) =>
    own === null ? [] : [plainMarkdown(`${road.scenario.name}: ${fanOutText(own)}`)],
  );
  return [
    `## Plan\n\n${plainMarkdown(wishesText(asked.wishes))}`,
    markdownTable(["road", "nodes", "busy cores", "vCPU", "a million calls", "headroom"], rows, "lrrrrl"),
    arithmetic.length === 0 ? "" : bullets(arithmetic.map(plainMarkdown)),
    fanOut.length === 0 ? "" : bullets(fanOut),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
