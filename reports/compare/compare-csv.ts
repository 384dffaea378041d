/** Tolls of two runs as CSV, one row each, durations in ns, full precision; absent figures are empty. */
import type { AcrossCell } from "../../results/across/across-shape.js";
import { csvText, type CsvValue } from "../csv-text.js";
import type { ShiftRow } from "./compare-model.js";

const COLUMNS: Readonly<Record<string, (cell: AcrossCell) => CsvValue>> = {
  candidate: ({ candidate }) => candidate,
  baseline: ({ baseline }) => baseline,
  pass: ({ pass }) => pass,
  method: ({ method }) => method,
  metric: ({ metric }) => metric,
  before_toll_ns: ({ before }) => before?.tollNs?.estimate ?? null,
  after_toll_ns: ({ after }) => after?.tollNs?.estimate ?? null,
  before_level_ns: ({ before }) => before?.candidateNs ?? null,
  after_level_ns: ({ after }) => after?.candidateNs ?? null,
  change_ns: ({ shift }) => shift?.changeNs.estimate ?? null,
  change_low_ns: ({ shift }) => shift?.changeNs.low ?? null,
  change_high_ns: ({ shift }) => shift?.changeNs.high ?? null,
  ratio: ({ shift }) => shift?.ratio.estimate ?? null,
  ratio_low: ({ shift }) => shift?.ratio.low ?? null,
  ratio_high: ({ shift }) => shift?.ratio.high ?? null,
  p: ({ shift }) => shift?.p ?? null,
  adjusted_p: ({ adjustedP }) => adjustedP,
  family: ({ family }) => family,
  margin: ({ margin }) => margin.fraction,
  before_blocks: ({ before }) => before?.blocks ?? null,
  after_blocks: ({ after }) => after?.blocks ?? null,
  verdict: ({ verdict }) => verdict,
  notes: ({ notes }) => notes.join("; "),
};

export function shiftsCsv(rows: readonly ShiftRow[]): string {
  return csvText(
    Object.keys(COLUMNS),
    rows.map(({ cell }) => Object.values(COLUMNS).map((value) => value(cell))),
  );
}
