/**
 * What the report on two runs says, as data: made once from their comparison, then written out by one renderer per form.
 * No renderer computes anything of its own.
 */
import type { AcrossCell, ComparedRun, RunsComparison, SetUpDifference } from "../../results/across/across-shape.js";
import type { Metric } from "../../results/comparison-shape.js";
import type { PassDesign } from "../../results/run-shape.js";
import { ALL_METHODS } from "../../results/trial-evidence.js";
import type { PassName } from "../../results/trial.js";
import { counted, countText, percentText } from "../../results/verdict-words.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { machineLine } from "../machine-line.js";
import { shiftSentences, type ShiftSentence } from "./shift-sentences.js";

export interface CompareModel {
  readonly before: RunLine;
  readonly after: RunLine;
  readonly verdict: readonly ShiftSentence[];
  /** Of what the verdict speaks, and that the runs were not interleaved. */
  readonly footing: string;
  readonly warnings: readonly string[];
  readonly setUp: SetUpDifference;
  /** One per load and method, headline methods first. */
  readonly tables: readonly ShiftTable[];
  readonly uncompared: readonly UncomparedCells[];
  readonly comparison: RunsComparison;
}

export interface RunLine {
  readonly id: string;
  readonly createdAt: string;
  readonly tags: readonly string[];
  readonly machine: string;
  /** `complete, 88 of 90 trials usable, 10 blocks` */
  readonly state: string;
}

export interface ShiftTable {
  readonly pass: PassName;
  readonly title: string;
  readonly quantity: "service" | "response" | "call";
  readonly method: string;
  readonly isHeadline: boolean;
  /** `ProcessPayment, service time, 4,000 to 4,100 calls a road and run` */
  readonly subject: string;
  readonly rows: readonly ShiftRow[];
}

export interface ShiftRow {
  /** `p50`, `p99.9`, `Envoy CPU`. */
  readonly figure: string;
  /** What a table shows that has no room for everything. */
  readonly isShort: boolean;
  readonly cell: AcrossCell;
}

/** Cells that stand in one run only, or must not be compared, by chain and reason. */
export interface UncomparedCells {
  readonly chain: string;
  readonly verdict: "added" | "removed" | "not compared";
  readonly passes: readonly PassName[];
  readonly cells: number;
  readonly reason: string;
}

export function buildComparison(comparison: RunsComparison): CompareModel {
  return {
    before: runLine(comparison.before),
    after: runLine(comparison.after),
    verdict: shiftSentences(comparison),
    footing: footing(comparison),
    warnings: comparison.warnings,
    setUp: comparison.setUp,
    tables: shiftTables(comparison),
    uncompared: uncomparedCells(comparison.cells),
    comparison,
  };
}

function runLine({ header, state, usableTrials, trials }: ComparedRun): RunLine {
  const { id, createdAt, tags, design } = header;
  const text = `${state}, ${usableTrials} of ${counted(trials, "trial")} usable, ${counted(design.blocks, "block")}`;
  return { id, createdAt, tags, machine: machineLine(header), state: text };
}

function footing({ declared }: RunsComparison): string {
  const joint =
    declared.size === 0
      ? ""
      : ` The ${declared.size} declared chains hold together at ${percentText(1 - declared.alpha)}; every other figure is exploratory, worth a look and no more.`;
  return `Median service time of ${HEADLINE_METHOD} with one call in flight. Each run's toll is taken inside its own blocks, which cancels the machine's speed; the two runs were not interleaved, so whatever else changed between them is in the difference.${joint}`;
}

const HEADINGS: Partial<Record<PassName, { readonly title: string; readonly quantity: ShiftTable["quantity"] }>> = {
  interleaved: { title: "One call in flight, roads taking turns", quantity: "service" },
  single: { title: "One call in flight", quantity: "service" },
  mix: { title: "Standard mix", quantity: "response" },
  reconnect: { title: "A new connection for each call", quantity: "call" },
};

/** Of the cells that were compared, whatever came out. */
function shiftTables({ cells, after }: RunsComparison): ShiftTable[] {
  const compared = cells.filter(({ before, after: later }) => before !== null && later !== null);
  return after.header.design.passes.flatMap((pass) => {
    const heading = HEADINGS[pass.name];
    if (heading === undefined) return [];
    const ofPass = compared.filter((cell) => cell.pass === pass.name);
    return methodsOf(pass).flatMap((method) => {
      const rows = rowsOf(ofPass, method, heading.quantity);
      if (rows.length === 0) return [];
      const { title, quantity } = heading;
      const subject = `${method}, ${quantity} time, ${callsText(rows)} calls a road and run`;
      return [{ pass: pass.name, title, quantity, method, isHeadline: method === HEADLINE_METHOD, subject, rows }];
    });
  });
}

function methodsOf({ plan }: PassDesign): string[] {
  const methods = [...new Set(plan.mix.map(({ method }) => method))];
  return [...methods.filter((one) => one === HEADLINE_METHOD), ...methods.filter((one) => one !== HEADLINE_METHOD)];
}

const QUANTILES = ["p50", "p90", "p99", "p999"] as const;

/** Chain after chain; CPU, which is of all methods together, stands with the headline method only. */
function rowsOf(cells: readonly AcrossCell[], method: string, quantity: ShiftTable["quantity"]): ShiftRow[] {
  const figures: {
    readonly figure: string;
    readonly metric: Metric;
    readonly method: string;
    readonly isShort: boolean;
  }[] = [
    ...QUANTILES.map((name) => ({
      figure: name === "p999" ? "p99.9" : name,
      metric: `${quantity}_${name}` as Metric,
      method,
      isShort: name === "p50" || name === "p99",
    })),
    ...(method === HEADLINE_METHOD
      ? [
          { figure: "Envoy CPU", metric: "envoy_cpu_per_call" as const, method: ALL_METHODS, isShort: true },
          { figure: "node CPU", metric: "cpu_per_call" as const, method: ALL_METHODS, isShort: true },
        ]
      : []),
  ];
  const chains = [...new Map(cells.map((cell) => [chainOf(cell), cell])).keys()];
  return chains.flatMap((chain) =>
    figures.flatMap(({ figure, isShort, ...asked }) => {
      const cell = cells.find(
        (one) => chainOf(one) === chain && one.metric === asked.metric && one.method === asked.method,
      );
      if (cell === undefined || (cell.shift === null && isEmpty(cell))) return [];
      return [{ figure, isShort, cell }];
    }),
  );
}

/** Neither run can say anything of it: a quantile beyond the calls there are. */
function isEmpty({ before, after }: AcrossCell): boolean {
  return before?.candidateNs === null && after?.candidateNs === null;
}

export const chainOf = ({ candidate, baseline }: Pick<AcrossCell, "candidate" | "baseline">): string =>
  `${candidate}/${baseline}`;

function callsText(rows: readonly ShiftRow[]): string {
  const calls = rows
    .filter(({ cell }) => cell.method !== ALL_METHODS)
    .flatMap(({ cell: { before, after } }) =>
      [before, after].flatMap((side) => (side === null ? [] : [side.candidateCalls, side.baselineCalls])),
    )
    .filter((count) => count > 0);
  if (calls.length === 0) return "no";
  const [least, most] = [Math.min(...calls), Math.max(...calls)];
  return least === most ? countText(least) : `${countText(least)} to ${countText(most)}`;
}

function uncomparedCells(cells: readonly AcrossCell[]): UncomparedCells[] {
  const groups = new Map<string, UncomparedCells>();
  for (const cell of cells) {
    const { verdict } = cell;
    if (verdict !== "added" && verdict !== "removed" && verdict !== "not compared") continue;
    const [reason = ""] = cell.notes;
    const key = [chainOf(cell), verdict, reason].join("\n");
    const before = groups.get(key);
    groups.set(key, {
      ...{ chain: chainOf(cell), verdict, reason },
      passes: [...new Set([...(before?.passes ?? []), cell.pass])],
      cells: (before?.cells ?? 0) + 1,
    });
  }
  return [...groups.values()];
}
