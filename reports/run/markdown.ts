/** The report as Markdown, for a pull request or a CI summary: the verdict, what it rests on, tolls, refusals, claims. */
import type { Comparison } from "../../results/comparison-shape.js";
import { bullets, markdownTable, plainMarkdown as plain } from "../markdown-text.js";
import { count, duration, durationInterval, ratioInterval } from "../quantities.js";
import { CANNOT_JUDGE, KERNEL_LEAD, type KernelPart } from "./kernel-part.js";
import type { ReportModel } from "./report-model.js";
import { hasRatio, QUANTILE_NAMES, quantileText, tableSubject, type TollStep, type TollTable } from "./toll-tables.js";
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
    ...model.tables.filter((table) => table.isMain).map(tollTable),
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
  const rows = table.steps.flatMap((step) =>
    figuresOf(step, table.isHeadline).map(({ label, cell }, i) => [
      i === 0 ? plain(step.candidate.name) : "",
      i === 0 ? plain(step.baseline.name) : "",
      label,
      level(cell.baselineNs),
      level(cell.candidateNs),
      toll(cell),
      ratio(cell),
      `${VERDICT_MARKS[cell.verdict]} ${cell.verdict}, n ${cell.n}`,
      count(cell.candidateCalls),
    ]),
  );
  if (rows.length === 0) return "";
  const head = ["road", "against", "", "baseline", "level", "toll", "ratio", "verdict", "calls"];
  return `## ${plain(table.title)}\n\n${plain(tableSubject(table))}${table.isHeadline ? "; CPU a call of all processes but the caller" : ""}.\n\n${markdownTable(head, rows, "lllrrrrlr")}`;
}

/** CPU knows no methods: it stands with the headline method only. */
function figuresOf({ at, nodeCpu, envoyCpu }: TollStep, withCpu: boolean): { label: string; cell: Comparison }[] {
  const cpu = [
    { label: "node CPU", cell: nodeCpu },
    { label: "Envoy CPU", cell: envoyCpu },
  ];
  return [
    ...QUANTILE_NAMES.map((name) => ({ label: quantileText(name), cell: at[name] })),
    ...(withCpu ? cpu : []),
  ].flatMap(({ label, cell }) => (cell === null || cell.absoluteNs === null ? [] : [{ label, cell }]));
}

const level = (levelNs: number | null): string => (levelNs === null ? "n/a" : duration(levelNs));
const toll = ({ absoluteNs }: Comparison): string => (absoluteNs === null ? "" : durationInterval(absoluteNs));
const ratio = (one: Comparison): string => (hasRatio(one) ? ratioInterval(one.ratio) : "");

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
