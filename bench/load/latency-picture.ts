/**
 * A histogram as a few lines of text: equal steps of the logarithm, since latencies spread over decades, with edges that
 * people can read (1, 2, 5 × 10ⁿ) and finer ones where everything lies close together.
 */
import type { SparseHistogram } from "../../results/sparse-histogram.js";
import { count, duration } from "../../reports/quantities.js";

const MOST_ROWS = 14;
const BAR = 32;
/** Edges within a decade, from coarse to fine: the finest that fits into MOST_ROWS is taken. */
const LADDERS: readonly (readonly number[])[] = [
  [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.6, 4, 4.5, 5, 5.6, 6.3, 7, 8, 9],
  [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8],
  [1, 1.5, 2, 3, 5, 7],
  [1, 2, 5],
  [1, 3],
  [1],
];

/** One line a row: where it begins, a bar, how many calls. Empty for an empty histogram. */
export function latencyPicture(histogram: SparseHistogram): string[] {
  const { minNs, maxNs } = histogram;
  if (minNs === null || maxNs === null) return [];
  const rows = rowsOf(histogram, edgesFor(minNs, maxNs));
  const most = Math.max(...rows.map((row) => row.count));
  const labels = rows.map(({ fromNs }) => duration(fromNs));
  const width = Math.max(...labels.map((label) => label.length));
  const counts = rows.map((row) => count(row.count));
  const digits = Math.max(...counts.map((text) => text.length));
  return rows.map((_, index) => {
    const bar = barOf(rows[index]!.count / most).padEnd(BAR);
    return `${labels[index]!.padStart(width)} │${bar} ${counts[index]!.padStart(digits)}`;
  });
}

function edgesFor(minNs: number, maxNs: number): number[] {
  const fitting = LADDERS.map((ladder) => edges(ladder, minNs, maxNs)).find((found) => found.length <= MOST_ROWS);
  return fitting ?? edges([1], minNs, maxNs);
}

/** Ascending lower edges, the first at or below the minimum. */
function edges(ladder: readonly number[], minNs: number, maxNs: number): number[] {
  const decade = Math.floor(Math.log10(Math.max(1, minNs)));
  const all: number[] = [];
  for (let power = decade; 10 ** power <= maxNs; power++)
    all.push(...ladder.map((step) => Math.round(step * 10 ** power)));
  const first = all.findLastIndex((edge) => edge <= minNs);
  return [...new Set(all.slice(Math.max(0, first)).filter((edge) => edge <= maxNs))];
}

function rowsOf(histogram: SparseHistogram, from: readonly number[]): { fromNs: number; count: number }[] {
  return from.map((fromNs, index) => {
    const upTo = from[index + 1];
    const below = index === 0 ? 0 : histogram.countUpTo(fromNs - 1);
    return { fromNs, count: (upTo === undefined ? histogram.count : histogram.countUpTo(upTo - 1)) - below };
  });
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Whatever holds a call shows something. */
function barOf(share: number): string {
  const eighths = share === 0 ? 0 : Math.max(1, Math.round(share * BAR * 8));
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}
