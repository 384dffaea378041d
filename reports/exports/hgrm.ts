/**
 * HdrHistogram's percentile text (.hgrm), which its plotFiles page, gnuplot recipes and wrk2 users read: one histogram a
 * file, values in milliseconds (HdrHistogram AbstractHistogram.java, outputPercentileDistribution).
 *
 * Easy to get wrong: the last row has no fourth column (1/(1−1) is no number); plotFiles wants `#` before anything that is
 * no row; and histograms of several trials are merged by their counts, their percentiles never averaged.
 */
import { rankOf, type SparseHistogram } from "../../results/sparse-histogram.js";

const MS = 1e6;
/** Rows per halving of what remains, as HdrHistogram writes by default. */
const TICKS_PER_HALVING = 5;

/** @param subject what was measured, with `response` or `service` in it: the first line of the file */
export function hgrmText(subject: string, histogram: SparseHistogram): string {
  const lines = [`#[${subject.replace(/[\r\n]+/g, " ")}, values in milliseconds]`, ...percentileLines(histogram), ""];
  return lines.join("\n");
}

/** A row where each step of the percentile begins, the steps halving as 100 % comes nearer. */
function percentileLines(histogram: SparseHistogram): string[] {
  const total = histogram.count;
  const head = [
    `${"Value".padStart(12)} ${"Percentile".padStart(14)} ${"TotalCount".padStart(10)} ${"1/(1-Percentile)".padStart(14)}`,
    "",
  ];
  const rows = percentileSteps(total).map((percentile) => {
    const valueNs = histogram.percentile(percentile)!;
    const upTo = Math.max(rankOf(percentile, total), histogram.countUpTo(valueNs));
    const row = `${cell(valueNs)} ${percentile.toFixed(12)} ${String(upTo).padStart(10)}`;
    return percentile === 1 ? row : `${row} ${(1 / (1 - percentile)).toFixed(2).padStart(14)}`;
  });
  const { meanNs, maxNs, deviationNs } = histogram;
  return [
    ...head,
    ...rows,
    `#[Mean    = ${cell(meanNs ?? 0)}, StdDeviation   = ${cell(deviationNs ?? 0)}]`,
    `#[Max     = ${cell(maxNs ?? 0)}, Total count    = ${String(total).padStart(12)}]`,
  ];
}

/** Ascending, from 0 to 1; stops halving where less than one value would lie between two steps. */
function percentileSteps(total: number): number[] {
  if (total === 0) return [];
  const steps: number[] = [];
  for (let percent = 0; 100 - percent > 100 / total;) {
    steps.push(percent / 100);
    percent += 100 / (TICKS_PER_HALVING * 2 ** (Math.floor(Math.log2(100 / (100 - percent))) + 1));
  }
  return [...steps, 1];
}

function cell(valueNs: number): string {
  return (valueNs / MS).toFixed(6).padStart(12);
}
