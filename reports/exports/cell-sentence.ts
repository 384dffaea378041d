/** One cell of a comparison in one line of plain text: figures first, then the word. */
import type { Comparison } from "../../results/comparison-shape.js";
import { durationInterval, ratioInterval } from "../quantities.js";

/** `l7 against l4, service_p50 of ProcessPayment: +215 µs [200, 242], ×4.80 [4.4, 5.1], n 8: slower`. */
export function cellSentence(cell: Comparison): string {
  const { candidate, baseline, metric, method, absoluteNs, ratio, n, suspect, verdict, notes } = cell;
  const figures = [
    ...(absoluteNs === null ? [] : [durationInterval(absoluteNs)]),
    ...(ratio === null ? [] : [ratioInterval(ratio)]),
    `n ${n}${suspect === 0 ? "" : `, ${suspect} suspect`}`,
  ];
  const told = [verdict, ...notes].join("; ");
  return `${candidate} against ${baseline}, ${metric} of ${method}: ${figures.join(", ")}: ${told}`;
}
