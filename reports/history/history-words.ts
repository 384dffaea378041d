/** What a history says in words, the same on the terminal and on the page. */
import type { CellHistory, HistoryRun, MatrixEntry, RunHistory } from "../../results/history/history-shape.js";
import type { ChangePoint } from "../../results/statistics/change-points.js";
import { durationInterval, ratio, ratioInterval } from "../quantities.js";
import { VERDICT_MARKS } from "../verdict-marks.js";

/** `l7 against l4`. */
export const roadsOf = ({ candidate, baseline }: CellHistory): string => `${candidate} against ${baseline}`;

/** `service p50 of ProcessPayment, 1 in flight`. */
export function subjectOf({ metric, method, pass, load }: CellHistory): string {
  const what = { cpu_per_call: "CPU a call", envoy_cpu_per_call: "Envoy's CPU a call" } as Readonly<
    Record<string, string>
  >;
  const whose = method === "all" ? "" : ` of ${method}`;
  return `${what[metric] ?? metric.replace("_p999", " p99.9").replace("_", " ")}${whose}, ${pass}, ${load}`;
}

/** Where the toll stands and what became of it, one sentence each. */
export function trendSentences(history: RunHistory, cell: CellHistory): string[] {
  const { trend, points } = cell;
  if (trend.state === "too few") {
    return [`Too few runs for a trend: ${trend.n} of ${trend.needed}.${latest(cell)}`];
  }
  const { changePoints, stable, lag1 } = trend;
  const since = stable.from === 0 ? "over all its runs" : `since ${day(runOf(history, cell, stable.from))}`;
  const toll = stable.tollNs === null ? "" : `${durationInterval(stable.tollNs)}, `;
  return [
    `Stands at ${toll}${ratioInterval(stable.ratio)} ${since} (${stable.n} ${stable.n === 1 ? "run" : "runs"}${reached(stable.confidence)}).`,
    ...changePoints.map((point) => changeSentence(history, cell, point)),
    ...(changePoints.length === 0 ? [`No change point among ${points.length} runs.`] : []),
    ...(lag1 === null ? [] : [dependence(lag1, trend.asksForConfirmation && changePoints.length > 0)]),
  ];
}

/** So few runs reach no 95 %: the confidence that their interval really has. */
function reached(confidence: number): string {
  return confidence >= 0.95 ? "" : `, ${(100 * confidence).toFixed(0)} % confidence`;
}

function latest({ points }: CellHistory): string {
  const toll = points.at(-1)?.toll;
  if (toll === undefined) return "";
  const { theta, absoluteNs } = toll;
  const figures = { estimate: Math.exp(theta.estimate), low: Math.exp(theta.low), high: Math.exp(theta.high) };
  return ` The latest says ${absoluteNs === null ? "" : `${durationInterval(absoluteNs)}, `}${ratioInterval(figures)}.`;
}

/** `Rose by 8.1 % at run …`: of the ratio, whose machine cancels. */
export function changeSentence(history: RunHistory, cell: CellHistory, point: ChangePoint): string {
  const run = runOf(history, cell, point.index);
  const [before, after] = [Math.exp(point.meanBefore), Math.exp(point.meanAfter)];
  const verb = point.change > 0 ? "Rose" : "Fell";
  const percent = Math.abs(100 * Math.expm1(point.change)).toFixed(1);
  return `${verb} by ${percent} % from ×${ratio(before)} to ×${ratio(after)} with run ${run.id} (p ${pText(point.p)}).`;
}

function dependence(lag1: number, mustConfirm: boolean): string {
  const text = `Lag-1 autocorrelation ${lag1.toFixed(2).replace("-", "−")}`;
  return mustConfirm
    ? `${text}, above 0.2: such runs show change points that are none. Confirm with an interleaved run of both set-ups.`
    : `${text}.`;
}

/** `▲ slower +3.2 % [2.1, 4.4]`, with the runs of both sides. */
export function matrixWords(entry: MatrixEntry | null): string {
  if (entry === null) return "not measured";
  const { verdict, against, n, ratio: level, note } = entry;
  if (verdict === "first" || against === null) return `${ratioInterval(level)}, first, n ${n}`;
  const percent = (theta: number): string => (100 * Math.expm1(theta)).toFixed(1).replace("-", "−");
  const { estimate, low, high } = against.shift;
  const shift = `${estimate > 0 ? "+" : ""}${percent(estimate)} % [${percent(low)}, ${percent(high)}]`;
  return `${VERDICT_MARKS[verdict]} ${verdict} ${shift}, n ${against.n} to ${n}${note === null ? "" : `; ${note}`}`;
}

export function runOf({ runs }: RunHistory, { points }: CellHistory, at: number): HistoryRun {
  return runs[points[at]?.run ?? 0] as HistoryRun;
}

export const day = ({ createdAt }: HistoryRun): string => createdAt.slice(0, 10);

const pText = (p: number): string => (p < 1e-4 ? "below 0.0001" : p.toFixed(4));

/** What the method is, and what it is not: at the foot of every form. */
export const HISTORY_LIMITS: readonly string[] = [
  "Every point is one run: the ratio of its blocks, which cancels the machine's speed. Runs of unequal load are separate series.",
  "Change points: E-divisive with a t-test on ln ratios, windows of 50, p below 0.001; no series reaches across a change of the set-up.",
  "Runs are not interleaved: time is in every difference. Nothing here gates; an interleaved run confirms (tollgate run --like RUN).",
];
