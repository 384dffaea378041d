/**
 * The report as text for a terminal: the machine and what the numbers rest on, the verdict, the tolls as tables, refused
 * calls, the claims, doubts, and where the run lies. 110 columns; colour only where it is asked for, and never alone.
 */
import type { Comparison, Interval } from "../../results/comparison-shape.js";
import { resultsFlag, resultsOf } from "../../results/run-folder.js";
import type { BasisItem } from "./basis.js";
import type { Claim } from "./claims.js";
import { painter, wrapped, type Paint, type Style } from "../paint.js";
import { count, duration, durationInterval, ratio } from "../quantities.js";
import { CANNOT_JUDGE, KERNEL_LEAD, type KernelPart } from "./kernel-part.js";
import type { ReportModel } from "./report-model.js";
import { textTable, type TextColumn } from "../text-table.js";
import { tableSubject, type QuantileName, type TollCell, type TollRow, type TollTable } from "./toll-tables.js";
import { VERDICT_MARKS } from "../verdict-marks.js";
import { sentenceText } from "./verdict-sentences.js";

export interface TerminalOptions {
  readonly colour: boolean;
  /** Where the run and its page lie, for the last lines. */
  readonly runFolder: string;
  readonly page: string | null;
}

const WIDTH = 110;

export function renderTerminal(model: ReportModel, options: TerminalOptions): string {
  const paint = painter(options.colour);
  return [
    headLines(model, paint),
    verdictLines(model, paint),
    ...model.tables.filter((table) => table.isHeadline).map((table) => tableLines(table, paint)),
    refusalLines(model, paint),
    ...model.kernel.map((part) => kernelLines(part, paint)),
    claimLines(model, paint),
    model.warnings.flatMap((warning) => marked("!", warning, "yellow", paint)),
    endLines(model, options, paint),
  ]
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

const BASIS_MARKS = { good: "✓", doubtful: "!", bad: "✗" } as const;
const BASIS_STYLES = { good: "green", doubtful: "yellow", bad: "red" } as const;

function headLines(model: ReportModel, paint: Paint): string[] {
  const state =
    model.state === "complete"
      ? []
      : [paint("red", `${model.state}: ${model.stateMessage ?? "the run was cut short"}`)];
  return [`${paint("bold", "tollgate")} ${model.machine}`, ...basisLines(model.basis, paint), ...state];
}

/** Items side by side as far as they fit; painted after they were measured. */
function basisLines(basis: readonly BasisItem[], paint: Paint): string[] {
  const lines: { width: number; texts: string[] }[] = [];
  for (const { state, text } of basis) {
    const width = text.length + 5;
    const painted = `${paint(BASIS_STYLES[state], BASIS_MARKS[state])} ${text}`;
    const last = lines.at(-1);
    if (last === undefined || last.width + width > WIDTH) lines.push({ width, texts: [painted] });
    else {
      last.width += width;
      last.texts.push(painted);
    }
  }
  return lines.map(({ texts }) => texts.join("   "));
}

function verdictLines(model: ReportModel, paint: Paint): string[] {
  if (model.verdict.length === 0) return [paint("bold", "This run holds too little to name a toll.")];
  return [
    ...model.verdict.flatMap((sentence) => wrapped(sentenceText(sentence), WIDTH).map((line) => paint("bold", line))),
    ...(model.footing === null ? [] : wrapped(model.footing, WIDTH).map((line) => paint("dim", line))),
  ];
}

function tableLines(table: TollTable, paint: Paint): string[] {
  // Where roads share a window, nobody can say whose the CPU was.
  const cpu = table.rows.some(({ nodeCpu }) => nodeCpu.levelNs !== null);
  const lines = [
    ...quantileLines([...table.rows, ...furtherChains(table)], "p50", cpu ? CPU_COLUMNS : [], paint),
    ...quantileLines(table.rows, "p99", [], paint),
  ];
  if (lines.length === 0) return [paint("bold", table.title), ...marked("!", nothingText(table), "yellow", paint)];
  return [
    paint("bold", table.title),
    paint("dim", `${tableSubject(table)}${cpu ? "; CPU a call of all processes but the caller" : ""}`),
    ...lines,
  ];
}

/** Why a load has no table: every road lacks the same, mostly. */
function nothingText({ steps }: TollTable): string {
  const reasons = new Set(
    steps.flatMap(({ at }) => at.p50?.notes.slice(0, 1) ?? []).map((note) => note.replace(/^n\/a: /, "")),
  );
  const [first = "no trial of it was measured"] = reasons;
  return `no figures: ${first}${reasons.size > 1 ? ", and the like on other roads" : ""}`;
}

/** The chains that are not a road against its own baseline, as rows like the others. */
function furtherChains({ steps }: TollTable): TollRow[] {
  const nothing: TollCell = { levelNs: null, calls: 0, toll: null };
  return steps
    .filter(({ kind, candidate, baseline }) => kind === "chain" && candidate.baseline !== baseline.name)
    .map(({ candidate, baseline, at }) => {
      const cell = (one: Comparison | null): TollCell =>
        one === null ? nothing : { levelNs: one.candidateNs, calls: one.candidateCalls, toll: one };
      return {
        scenario: { ...candidate, baseline: baseline.name },
        at: { p50: cell(at.p50), p90: cell(at.p90), p99: cell(at.p99), p999: cell(at.p999) },
        envoyCpu: nothing,
        nodeCpu: nothing,
      };
    });
}

function quantileLines(
  rows: readonly TollRow[],
  quantile: QuantileName,
  more: readonly TextColumn<TollRow>[],
  paint: Paint,
): string[] {
  const shown = rows.filter(({ at }) => at[quantile].levelNs !== null || at[quantile].toll !== null);
  if (shown.every(({ at }) => at[quantile].levelNs === null)) return [];
  const columns: TextColumn<TollRow>[] = [
    // One width for all tables, so that they stand in line.
    { head: "road".padEnd(15), align: "left", cell: ({ scenario }) => scenario.name },
    { head: "against".padEnd(9), align: "left", cell: ({ scenario }) => scenario.baseline ?? "" },
    { head: quantile.padStart(7), align: "right", cell: ({ at }) => level(at[quantile].levelNs) },
    { head: "toll".padStart(22), align: "right", cell: ({ at }) => interval(at[quantile].toll?.absoluteNs ?? null) },
    { head: "ratio".padStart(5), align: "right", cell: ({ at }) => times(at[quantile].toll) },
    { head: "verdict".padEnd(15), align: "left", cell: ({ at }) => verdict(at[quantile].toll) },
    ...more,
  ];
  const [head = "", ...lines] = textTable(columns, shown);
  return [
    paint("dim", head),
    // The whole line is painted: padding is counted in characters, and colour codes would be counted as some.
    ...lines.map((line, i) => (shown[i]?.scenario.twinOf ? paint("dim", line) : line)),
  ];
}

const CPU_COLUMNS: readonly TextColumn<TollRow>[] = [
  { head: "Envoy CPU", align: "right", cell: ({ envoyCpu }) => optional(envoyCpu.levelNs) },
  { head: "node CPU", align: "right", cell: ({ nodeCpu }) => optional(nodeCpu.levelNs) },
];

const level = (valueNs: number | null): string => (valueNs === null ? "n/a" : duration(valueNs));
const optional = (valueNs: number | null): string => (valueNs === null ? "" : duration(valueNs));
const interval = (value: Interval | null): string => (value === null ? "" : durationInterval(value));
const times = (one: Comparison | null): string =>
  one?.ratio === undefined || one.ratio === null ? "" : `×${ratio(one.ratio.estimate)}`;

function verdict(one: Comparison | null): string {
  return one === null ? "" : `${VERDICT_MARKS[one.verdict]} ${one.verdict}`;
}

function refusalLines({ refusals }: ReportModel, paint: Paint): string[] {
  if (refusals.length === 0) return [];
  const [head = "", ...lines] = textTable(
    [
      { head: "road".padEnd(15), align: "left", cell: ({ road }) => road },
      { head: "method", align: "left", cell: ({ method }) => method },
      {
        head: "ends with",
        align: "left",
        cell: ({ status }) => (status === "silence" ? "silence, no answer" : status),
      },
      { head: "p50", align: "right", cell: ({ p50Ns }) => optional(p50Ns) },
      { head: "p99", align: "right", cell: ({ p99Ns }) => optional(p99Ns) },
      { head: "calls", align: "right", cell: (one) => count(one.count) },
    ],
    refusals,
  );
  return [paint("bold", "Refused calls, service time"), paint("dim", head), ...lines];
}

function kernelLines({ road, costs, refusals, attacks }: KernelPart, paint: Paint): string[] {
  const head = [
    paint("bold", `Experimental: ${road}`),
    ...wrapped(KERNEL_LEAD, WIDTH).map((line) => paint("dim", line)),
  ];
  if (refusals.length === 0)
    return [...head, "Its refusals were not shown in this run; without them its cost is not told."];
  const [titles = "", ...lines] = textTable(
    [
      { head: "action", align: "left", cell: ({ action }) => action },
      { head: "the refused call", align: "left", cell: ({ refused }) => refused },
      { head: "two sent with it", align: "left", cell: ({ beside }) => beside },
      { head: "a later call", align: "left", cell: ({ later }) => later },
    ],
    refusals,
  );
  return [
    ...head,
    ...costs.flatMap((text) => wrapped(text, WIDTH)),
    paint("dim", titles),
    ...lines,
    ...[...attacks, CANNOT_JUDGE].flatMap((text) => marked("!", text, "yellow", paint)),
  ];
}

const CLAIM_STYLES: Readonly<Record<Claim["verdict"], Style>> = {
  refuted: "red",
  confirmed: "green",
  "not settled": "yellow",
  "not measured here": "dim",
};

function claimLines({ claims }: ReportModel, paint: Paint): string[] {
  if (claims.every((claim) => claim.verdict === "not measured here")) return [];
  return [
    paint("bold", "The article on trial"),
    ...claims.flatMap((claim) => [
      paint(CLAIM_STYLES[claim.verdict], claim.verdict.toUpperCase()),
      ...wrapped(`“${claim.claim}”`, WIDTH - 2).map((line) => `  ${line}`),
      ...claim.because.flatMap((reason) => wrapped(reason, WIDTH - 2).map((line) => `  ${line}`)),
    ]),
  ];
}

function marked(mark: string, text: string, style: Style, paint: Paint): string[] {
  return wrapped(text, WIDTH - 2).map((line, i) => paint(style, `${i === 0 ? mark : " "} ${line}`));
}

function endLines(model: ReportModel, options: TerminalOptions, paint: Paint): string[] {
  const { id } = model.header;
  const verb = model.state === "complete" ? "--like" : "--resume";
  const next = `tollgate run ${verb} ${id}${resultsFlag(resultsOf(options.runFolder))}`;
  return [
    ...model.limits.slice(0, 1).flatMap((limit) => wrapped(limit, WIDTH).map((line) => paint("dim", line))),
    `run    ${options.runFolder}`,
    ...(options.page === null ? [] : [`page   ${options.page}`]),
    `next   ${next}`,
  ];
}
