/** The report as Markdown, for a pull request or a CI summary: the verdict, what it rests on, tolls, refusals, claims. */
import type { Comparison } from "../../results/comparison-shape.js";
import { bullets, markdownTable, plainMarkdown as plain } from "../markdown-text.js";
import { count, duration, durationInterval, ratioInterval } from "../quantities.js";
import { CANNOT_JUDGE, KERNEL_LEAD, type KernelPart } from "./kernel-part.js";
import type { ReportModel } from "./report-model.js";
import { tableSubject, type QuantileName, type TollCell, type TollTable } from "./toll-tables.js";
import { VERDICT_MARKS } from "../verdict-marks.js";

export function renderMarkdown(model: ReportModel): string {
  const { header } = model;
  return [
    `# tollgate · ${plain(header.id)}`,
    plain(model.machine),
    model.state === "complete" ? "" : `**${model.state}**: ${plain(model.stateMessage ?? "the run was cut short")}`,
    verdict(model),
    bullets(model.basis.map(({ state, text }) => `${BASIS_MARKS[state]} ${plain(text)}`)),
    bullets(model.warnings.map((text) => `⚠ ${plain(text)}`)),
    ...model.tables.map(tollTable),
    refusals(model),
    ...model.kernel.map(kernel),
    claims(model),
    model.limits.length === 0 ? "" : `## Limits\n\n${bullets(model.limits.map(plain))}`,
    `## Again\n\n\`\`\`sh\n${header.command.join(" ")}\ntollgate run --like ${header.id}\n\`\`\``,
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

const BASIS_MARKS = { good: "✓", doubtful: "!", bad: "✗" } as const;

function verdict({ verdict: sentences, footing }: ReportModel): string {
  if (sentences.length === 0) return "**This run holds too little to name a toll.**";
  const text = sentences
    .map((sentence) =>
      sentence.map((part) => (part.emphasis === "strong" ? `**${plain(part.text)}**` : plain(part.text))).join(""),
    )
    .join("  \n");
  return footing === null ? text : `${text}\n\n${plain(footing)}`;
}

function tollTable(table: TollTable): string {
  const rows = table.rows.flatMap(({ scenario, at, envoyCpu, nodeCpu }) =>
    QUANTILES.map((quantile, i) => [
      i === 0 ? plain(scenario.name) : "",
      i === 0 ? plain(scenario.baseline ?? "") : "",
      quantile,
      level(at[quantile]),
      toll(at[quantile].toll),
      ratio(at[quantile].toll),
      word(at[quantile].toll),
      i === 0 ? optional(envoyCpu) : "",
      i === 0 ? optional(nodeCpu) : "",
    ]),
  );
  const head = ["road", "against", "", "level", "toll", "ratio", "verdict", "Envoy CPU", "node CPU"];
  return `## ${plain(table.title)}\n\n${plain(tableSubject(table))}; CPU a call of all processes but the caller.\n\n${markdownTable(head, rows, "lllrrrlrr")}`;
}

const QUANTILES: readonly QuantileName[] = ["p50", "p99"];

const level = ({ levelNs }: TollCell): string => (levelNs === null ? "n/a" : duration(levelNs));
const optional = ({ levelNs }: TollCell): string => (levelNs === null ? "" : duration(levelNs));
const toll = (one: Comparison | null): string =>
  one?.absoluteNs === undefined || one.absoluteNs === null ? "" : durationInterval(one.absoluteNs);
const ratio = (one: Comparison | null): string =>
  one?.ratio === undefined || one.ratio === null ? "" : ratioInterval(one.ratio);
const word = (one: Comparison | null): string =>
  one === null ? "" : `${VERDICT_MARKS[one.verdict]} ${one.verdict}, n ${one.n}`;

function refusals({ refusals: all }: ReportModel): string {
  if (all.length === 0) return "";
  const rows = all.map(({ road, method, status, p50Ns, p99Ns, count: calls }) => [
    plain(road),
    plain(method),
    plain(status),
    p50Ns === null ? "" : duration(p50Ns),
    p99Ns === null ? "" : duration(p99Ns),
    count(calls),
  ]);
  return `## Refused calls\n\nService time until the refusal.\n\n${markdownTable(["road", "method", "ends with", "p50", "p99", "calls"], rows, "lllrrr")}`;
}

function kernel({ road, costs, refusals: rows, attacks }: KernelPart): string {
  const head = `## Experimental: ${plain(road)}\n\n${plain(KERNEL_LEAD)}`;
  if (rows.length === 0)
    return `${head}\n\nIts refusals were not shown in this run; without them its cost is not told.`;
  const table = markdownTable(
    ["action", "the refused call", "two sent with it", "a later call"],
    rows.map(({ action, refused, beside, later }) => [action, refused, beside, later].map(plain)),
    "llll",
  );
  return [head, plain(costs.join(" ")), table, bullets([...attacks, CANNOT_JUDGE].map(plain))].join("\n\n");
}

function claims({ claims: all }: ReportModel): string {
  const items = all.map(
    ({ claim, verdict: verdictWord, because }) =>
      `“${plain(claim)}” **${verdictWord}**${because.length === 0 ? "" : `: ${because.map(plain).join(" ")}`}`,
  );
  return `## The article on trial\n\n${bullets(items)}`;
}
