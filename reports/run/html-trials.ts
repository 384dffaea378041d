/** Every trial, as it came out. */
import { foldedNumbers, type NumbersColumn } from "../html-numbers.js";
import { escapeHtml, htmlFigure, htmlSection } from "../html-text.js";
import { duration } from "../quantities.js";
import { trialDots } from "./charts/trial-dots.js";
import type { ReportModel } from "./report-model.js";
import { quantileText } from "./toll-tables.js";
import type { PointSet, TrialPoint } from "./trial-points.js";

export function trialsSection({ points: sets }: ReportModel): string {
  if (sets.length === 0) return "";
  return htmlSection(
    "Every trial",
    "One dot a trial, from the first block on the left to the last, joined by block; hollow where the trial is suspect; the bar is the median. If a road's dots wander, so should your trust.",
    sets.map(figure).join(""),
  );
}

function figure(set: PointSet): string {
  const { view, title, method, quantity, quantile, points } = set;
  const id = `${view.replaceAll("/", "-")}-${quantile}`;
  const columns = points.some(({ notes }) => notes.length > 0) ? [...COLUMNS, NOTE] : COLUMNS;
  const numbers = foldedNumbers({ summary: "The numbers", file: `trials-${id}.csv`, columns, rows: points });
  return htmlFigure(
    `${method}, ${quantity} ${quantileText(quantile)} of each trial · ${title}`,
    trialDots(set, `dots-${id}`),
    numbers,
    ` data-view="${escapeHtml(view)}" data-quantile="${SHOWN_AT[quantile]}"`,
  );
}

/** The tail's dots stand for both tails: the last percentile has too few calls in one trial. */
const SHOWN_AT = { p50: "p50 p90", p90: "p90", p99: "p99 p999", p999: "p999" } as const;

const COLUMNS: readonly NumbersColumn<TrialPoint>[] = [
  {
    head: "road",
    csv: "road",
    isText: true,
    html: ({ scenario }) => escapeHtml(scenario),
    value: ({ scenario }) => scenario,
  },
  { head: "block", csv: "block", html: ({ block }) => String(block + 1), value: ({ block }) => block + 1 },
  { head: "latency", csv: "latency_ns", html: ({ valueNs }) => duration(valueNs), value: ({ valueNs }) => valueNs },
  {
    head: "suspect",
    csv: "suspect",
    isText: true,
    html: ({ isSuspect }) => (isSuspect ? "suspect" : ""),
    value: ({ isSuspect }) => String(isSuspect),
  },
];

/** Where there is one. */
const NOTE: NumbersColumn<TrialPoint> = {
  head: "note",
  csv: "note",
  isText: true,
  html: ({ notes }) => escapeHtml(notes.join("; ")),
  value: ({ notes }) => notes.join("; "),
};
