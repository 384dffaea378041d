/** The numbers behind a figure: a folded table for people, and the same as CSV to take away, with no server to ask. */
import { csvText, type CsvValue } from "./csv-text.js";
import { escapeHtml } from "./html-text.js";

export interface NumbersColumn<Row> {
  /** For people, over the column. */
  readonly head: string;
  /** For machines, with its unit: `p50_ns`. */
  readonly csv: string;
  /** HTML of a cell, numbers with their unit; text stands left, numbers right. */
  readonly html: (row: Row) => string;
  readonly value: (row: Row) => CsvValue;
  readonly isText?: boolean;
}

export interface FoldedNumbers<Row> {
  /** Text that opens the table: `The numbers`. */
  readonly summary: string;
  /** Name of the file that the link saves. */
  readonly file: string;
  readonly columns: readonly NumbersColumn<Row>[];
  readonly rows: readonly Row[];
  /** So many rows stand in the table, the first ones; the CSV has all. Default all. */
  readonly shown?: number;
}

export function foldedNumbers<Row>({ summary, file, columns, rows, shown }: FoldedNumbers<Row>): string {
  const kind = ({ isText }: NumbersColumn<Row>): string => (isText === true ? ' class="text"' : "");
  const head = columns.map((column) => `<th scope="col"${kind(column)}>${escapeHtml(column.head)}</th>`).join("");
  const body = rows
    .slice(0, shown)
    .map((row) => `<tr>${columns.map((column) => `<td${kind(column)}>${column.html(row)}</td>`).join("")}</tr>`);
  const csv = csvText(
    columns.map((column) => column.csv),
    rows.map((row) => columns.map((column) => column.value(row))),
  );
  return (
    `<details class="numbers"><summary>${escapeHtml(summary)}</summary>` +
    `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(summary)}"><table class="right"><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div></details>` +
    csvLink(file, csv)
  );
}

/** A link that saves `text` as `file`; the text travels inside the page. */
export function csvLink(file: string, text: string): string {
  // Through bytes, so that half a surrogate pair in a record edited by hand cannot stop the page.
  const data = encodeURI(Buffer.from(text).toString()).replaceAll("#", "%23");
  return `<a class="csv" download="${escapeHtml(file)}" href="data:text/csv;charset=utf-8,${escapeHtml(data)}">CSV<span class="unseen"> of ${escapeHtml(file)}</span></a>`;
}
