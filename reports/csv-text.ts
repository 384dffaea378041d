/** Rows as CSV (RFC 4180), for every report and every chart's own numbers. The only file that knows csv-stringify. */
import { stringify } from "csv-stringify/sync";

/** Numbers in full precision; null is an empty field. */
export type CsvValue = string | number | null;

export function csvText(columns: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { header: true, columns: [...columns] },
  );
}
