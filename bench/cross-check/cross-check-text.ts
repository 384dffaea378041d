/** A cross-check as a table for people, and as the object of `--json`. */
import { count, duration, durationInterval, ratioInterval, significant } from "../../reports/quantities.js";
import { textTable, type TextColumn } from "../../reports/text-table.js";
import type { CheckedMetric, CrossCheck, CrossCheckRow } from "./cross-check.js";
import type { PairedDifference } from "./paired-difference.js";

export interface CrossCheckTitle {
  /** `127.0.0.1:50051`, `the road l7`, `a server of our own` */
  readonly where: string;
  readonly call: string;
  /** `1 in flight`, `poisson 200/s` */
  readonly load: string;
  readonly seed: number;
}

const NAMES: Readonly<Record<CheckedMetric, string>> = {
  service_p50: "service p50",
  service_p99: "service p99",
  response_p50: "response p50",
  response_p99: "response p99",
  client_cpu_per_call: "client CPU per call",
};

export function renderCrossCheck(title: CrossCheckTitle, check: CrossCheck): string {
  const { pairs, dropped } = check;
  const head = [
    `lean against grpc-js on ${title.where}  ${title.call}`,
    `${title.load}, ${count(pairs)} interleaved pairs${dropped === 0 ? "" : ` (${count(dropped)} more void)`}, seed ${title.seed}`,
  ];
  return [...head, "", ...textTable(COLUMNS, check.rows), "", ...notesOf(check), ""].join("\n");
}

const COLUMNS: readonly TextColumn<CrossCheckRow>[] = [
  { head: "", align: "left", cell: ({ metric }) => NAMES[metric] },
  right("lean", ({ firstNs }) => duration(firstNs)),
  right("grpc-js", ({ secondNs }) => duration(secondNs)),
  right("grpc-js − lean", ({ absoluteNs }) => durationInterval(absoluteNs)),
  right("ratio", ({ ratio }) => ratioInterval(ratio)),
];

function right(head: string, words: (difference: PairedDifference) => string): TextColumn<CrossCheckRow> {
  return { head, align: "right", cell: ({ difference }) => (difference === null ? "n/a" : words(difference)) };
}

function notesOf({ rows, reasons }: CrossCheck): string[] {
  const known = rows.find((row) => row.difference !== null)?.difference ?? null;
  const confidence = known === null ? [] : [`${significant(known.confidence * 100)} % confidence, exact signed-rank`];
  const doubts = Object.entries(reasons).map(([rule, times]) => `${rule} ${times}×`);
  return [
    ...confidence,
    "n/a: fewer than 6 pairs, or fewer than 10 calls beyond the quantile in some window",
    "a call counts as sent when grpc-js is handed it, so its service holds the work of grpc-js itself",
    ...(doubts.length === 0 ? [] : [`doubts: ${doubts.join(", ")}`]),
  ];
}

/** The object of `tollgate cross-check --json`; nanoseconds throughout. */
export function crossCheckJson(title: CrossCheckTitle, { rows, pairs, dropped, reasons }: CrossCheck): object {
  return {
    where: title.where,
    call: title.call,
    load: title.load,
    seed: title.seed,
    pairs,
    dropped,
    reasons,
    rows: rows.map(({ metric, difference }) => ({
      metric,
      lean_ns: difference?.firstNs ?? null,
      grpc_js_ns: difference?.secondNs ?? null,
      difference_ns: difference?.absoluteNs ?? null,
      ratio: difference?.ratio ?? null,
      confidence: difference?.confidence ?? null,
      n: difference?.n ?? null,
    })),
  };
}
