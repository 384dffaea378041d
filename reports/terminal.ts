/**
 * The report as text for a terminal: the machine and what the numbers rest on in two lines, the tolls as tables, refused
 * calls, the claims, doubts, and where the run lies. 100 columns; colour only where it is asked for, and never alone.
 */
import type { Comparison, Interval } from "../results/comparison-shape.js";
import { duration, durationInterval, ratio, count } from "./quantities.js";
import type { ReportModel, TollRow, TollTable } from "./report-model.js";
import { VERDICT_MARKS } from "./verdict-marks.js";
import { sentenceText } from "./verdict-sentences.js";

export interface TerminalOptions {
  readonly colour: boolean;
  /** Where the run and its page lie, for the last lines. */
  readonly runFolder: string;
  readonly page: string | null;
}

export function renderTerminal(model: ReportModel, options: TerminalOptions): string {
  const paint = painter(options.colour);
  return [
    headLines(model, paint),
    model.verdict.map((sentence) => paint("bold", sentenceText(sentence))),
    ...model.tables.map((table) => tableLines(table, paint)),
    refusalLines(model),
    claimLines(model, paint),
    model.warnings.map((warning) => paint("yellow", `! ${warning}`)),
    endLines(model, options),
  ]
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

type Style = "bold" | "dim" | "green" | "yellow" | "red";
type Paint = (style: Style, text: string) => string;

const CODES: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

function painter(colour: boolean): Paint {
  return (style, text) => (colour ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text);
}

function headLines(model: ReportModel, paint: Paint): string[] {
  const marks = { good: "✓", doubtful: "!", bad: "✗" } as const;
  const styles = { good: "green", doubtful: "yellow", bad: "red" } as const;
  const basis = model.basis.map((item) => `${paint(styles[item.state], marks[item.state])} ${item.text}`).join("   ");
  const state =
    model.state === "complete" ? [] : [paint("red", `${model.state}: ${model.stateMessage ?? "cut short"}`)];
  return [`${paint("bold", "tollgate")} ${model.machine}`, basis, ...state];
}

interface Column {
  readonly head: string;
  readonly align: "left" | "right";
  readonly cell: (row: TollRow) => string;
}

function tableLines(table: TollTable, paint: Paint): string[] {
  const columns: Column[] = [
    { head: "road", align: "left", cell: ({ scenario }) => scenario.name },
    { head: "p50", align: "right", cell: (row) => level(row.levelP50Ns) },
    { head: "p99", align: "right", cell: (row) => level(row.levelP99Ns) },
    { head: "against", align: "left", cell: ({ scenario }) => scenario.baseline ?? "" },
    { head: "p50 toll", align: "right", cell: (row) => interval(row.p50?.absoluteNs ?? null) },
    { head: "ratio", align: "right", cell: (row) => times(row.p50) },
    { head: "verdict", align: "left", cell: (row) => verdict(row.p50) },
    { head: "p99 toll", align: "right", cell: (row) => interval(row.p99?.absoluteNs ?? null) },
    { head: "", align: "left", cell: (row) => verdict(row.p99) },
    { head: "Envoy CPU", align: "right", cell: (row) => (row.envoyCpuNs === null ? "" : duration(row.envoyCpuNs)) },
    { head: "node CPU", align: "right", cell: (row) => (row.nodeCpuNs === null ? "" : duration(row.nodeCpuNs)) },
  ];
  const cells = table.rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map((column, i) => Math.max(column.head.length, ...cells.map((row) => (row[i] ?? "").length)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => (columns[i]?.align === "right" ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [
    `${paint("bold", table.title)} · ${table.method} · ${table.quantity} time · CPU per call, all processes but the caller`,
    paint("dim", line(columns.map((column) => column.head))),
    ...cells.map((row, i) => paintVerdict(line(row), table.rows[i], paint)),
  ];
}

/** The whole line is painted: padding is counted in characters, and colour codes would be counted as some. */
function paintVerdict(line: string, row: TollRow | undefined, paint: Paint): string {
  return row !== undefined && row.scenario.twinOf !== null ? paint("dim", line) : line;
}

const level = (valueNs: number | null): string => (valueNs === null ? "n/a" : duration(valueNs));
const interval = (value: Interval | null): string => (value === null ? "" : durationInterval(value));
const times = (one: Comparison | null): string => (one?.ratio == null ? "" : `×${ratio(one.ratio.estimate)}`);

function verdict(one: Comparison | null): string {
  return one === null ? "" : `${VERDICT_MARKS[one.verdict]} ${one.verdict}`;
}

function refusalLines(model: ReportModel): string[] {
  if (model.refusals.length === 0) return [];
  const lines = model.refusals.map((refusal) => {
    const p50 = refusal.p50Ns === null ? "" : `, p50 ${duration(refusal.p50Ns)}`;
    const p99 = refusal.p99Ns === null ? "" : `, p99 ${duration(refusal.p99Ns)}`;
    return `  ${refusal.road.padEnd(8)} ${refusal.method}: ${refusal.status}${p50}${p99} (${count(refusal.count)} calls)`;
  });
  return ["Refused calls", ...lines];
}

function claimLines(model: ReportModel, paint: Paint): string[] {
  if (model.claims.every((claim) => claim.verdict === "not measured here")) return [];
  const styles = { refuted: "red", confirmed: "green", "not settled": "yellow", "not measured here": "dim" } as const;
  return [
    "The article on trial",
    ...model.claims.flatMap((claim) => [
      `  ${paint(styles[claim.verdict], claim.verdict.toUpperCase())}: “${claim.claim}”`,
      ...claim.because.map((reason) => `    ${reason}`),
    ]),
  ];
}

function endLines(model: ReportModel, options: TerminalOptions): string[] {
  const { id } = model.header;
  const next = model.state === "complete" ? `tollgate run --like ${id}` : `tollgate run --resume ${id}`;
  return [
    ...model.limits.slice(0, 1),
    `run    ${options.runFolder}`,
    ...(options.page === null ? [] : [`page   ${options.page}`]),
    `next   ${next}`,
  ];
}
