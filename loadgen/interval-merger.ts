/**
 * Interval lines of several workers become one line per interval: counts are added, and percentiles are read anew from
 * the added counts, because percentiles themselves can't be merged (METHOD §2.5).
 */
import { CoarseHistogram } from "./coarse-histogram.js";
import type { IntervalLine } from "./measurement.js";
import type { IntervalCounts } from "./worker-protocol.js";

interface Part {
  readonly line: IntervalLine;
  readonly counts: IntervalCounts;
}

export class IntervalMerger {
  readonly #workers: number;
  /** Per worker: its lines that are not merged yet, oldest first. */
  readonly #waiting: Part[][];
  readonly #merged: IntervalLine[] = [];

  constructor(workers: number) {
    this.#workers = workers;
    this.#waiting = Array.from({ length: workers }, () => []);
  }

  /** One worker's next line. Returns the lines that all workers have reported with it: none or one. */
  add(worker: number, line: IntervalLine, counts: IntervalCounts): readonly IntervalLine[] {
    this.#waiting[worker]?.push({ line, counts });
    return this.#waiting.every((parts) => parts.length > 0) ? [this.#mergeNext()] : [];
  }

  /** All lines; the last of workers whose window ended later than the others' included. */
  finish(): readonly IntervalLine[] {
    while (this.#waiting.some((parts) => parts.length > 0)) this.#mergeNext();
    return this.#merged;
  }

  #mergeNext(): IntervalLine {
    const parts = this.#waiting.flatMap((waiting) => waiting.shift() ?? []);
    const line = this.#workers === 1 && parts[0] !== undefined ? parts[0].line : mergeParts(parts);
    this.#merged.push(line);
    return line;
  }
}

function mergeParts(parts: readonly Part[]): IntervalLine {
  const headline = new CoarseHistogram();
  const lateness = new CoarseHistogram();
  for (const { counts } of parts) {
    headline.add(counts.headline);
    lateness.add(counts.lateness);
  }
  const sum = (of: (line: IntervalLine) => number): number => parts.reduce((total, { line }) => total + of(line), 0);
  return {
    atNs: parts.map(({ line }) => line.atNs).reduce((first, at) => (at < first ? at : first)),
    sent: sum((line) => line.sent),
    ok: sum((line) => line.ok),
    failed: sum((line) => line.failed),
    inFlight: sum((line) => line.inFlight),
    p50Ns: headline.percentile(0.5),
    p99Ns: headline.percentile(0.99),
    latenessP99Ns: lateness.percentile(0.99),
  };
}
