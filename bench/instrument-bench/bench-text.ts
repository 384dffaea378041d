/** The bench's result as two tables for people. */
import type { PeerRow, Range } from "./compare-peers.js";
import type { Target } from "./targets.js";

export function rowsText(rows: readonly PeerRow[]): string {
  const head = ["peer", "in flight", "", "calls/s", "CPU/call", "p50", "our calls/s", "our CPU", "calls/read"];
  const body = rows.map((row) => [
    row.peer,
    String(row.inFlight),
    row.tls ? "TLS" : "",
    withSpread(row.rps_ratio, row.spread.rps),
    withSpread(row.cpu_ratio, row.spread.cpu),
    row.p50_ratio === null || row.spread.p50 === null ? "" : withSpread(row.p50_ratio, row.spread.p50),
    Math.round(row.ours.callsPerSecond).toLocaleString("en-US"),
    `${(row.ours.cpuNsPerCall / 1e3).toFixed(2)} µs`,
    `${row.ours.callsPerRead.toFixed(1)} / ${row.theirs.callsPerRead.toFixed(1)}`,
  ]);
  return `Ours over the peer's, median and range of the rounds:\n${table([head, ...body])}`;
}

export function targetsText(targets: readonly Target[]): string {
  const head = ["", "seen", "promise", "aim", "reached"];
  const body = targets.map(({ name, seen, better, atLeast, aim, reached }) => {
    const sign = better === "lower" ? "≤" : "≥";
    return [name, number(seen), `${sign} ${number(atLeast)}`, aim === null ? "" : `${sign} ${number(aim)}`, reached];
  });
  return table([head, ...body]);
}

function withSpread(value: number, [low, high]: Range): string {
  return `${number(value)}× [${number(low)}, ${number(high)}]`;
}

/** Three significant digits. */
function number(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "n/a";
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}
