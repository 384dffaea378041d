/**
 * One point of a capacity search: a trial at one rate, held against the SLO. Met, missed with what stood in the way,
 * void (the trial says nothing), or too short for the quantile that the SLO names.
 *
 * Easy to get wrong: what voids a trial in a comparison is here often the finding itself. A road that is asked for more
 * than it can carry answers late, with other statuses, or not at all; that is a missed point, not a void one. Void is
 * only what belongs to another road or another clock.
 */
import type { Books } from "../../loadgen/measurement.js";
import { seriesHistogram } from "../measured-series.js";
import type { SearchDesign } from "../run-shape.js";
import { countBeyond, type SparseHistogram } from "../sparse-histogram.js";
import { headlineMethod } from "../trial-evidence.js";
import type { MeasuredTrial } from "../trial-metrics.js";
import type { Trial, TrialVerdict } from "../trial.js";
import { THRESHOLDS } from "../verdict-thresholds.js";
import { durationText, percentText } from "../verdict-words.js";
import { littleCheck, littleText, type LittleCheck } from "./little.js";
import { pointCpu, type PointCpu } from "./point-cpu.js";
import { FOREIGN_SHARE, limitOf, type FoundLimit, type Limit } from "./point-limit.js";
import { quantileName } from "./slo.js";

export interface CapacityPoint {
  readonly trial: number;
  readonly road: string;
  /** Asked for, calls per second. */
  readonly rate: number;
  readonly outcome: "met" | "missed" | "void" | "too few calls";
  /** What stood in the way; missed points only. */
  readonly limit: Limit | null;
  /** A miss that needs no second look. */
  readonly isCertain: boolean;
  /** For people: what was missed, and why; empty where the point was met. */
  readonly because: readonly string[];
  readonly verdict: TrialVerdict["state"] | "FAILED";
  /** Null for a void point. */
  readonly measured: MeasuredPoint | null;
}

export interface MeasuredPoint {
  readonly completedPerSecond: number;
  readonly sentShare: number;
  /** Failed or without an answer, of the sent. */
  readonly failureShare: number;
  readonly response: ResponseAtPoint;
  readonly cpu: PointCpu | null;
  readonly little: LittleCheck | null;
}

/** Response of the headline method, ns; a quantile is null with fewer than ten calls beyond it. */
export interface ResponseAtPoint {
  readonly calls: number;
  readonly meanNs: number | null;
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  /** At the quantile of the SLO. */
  readonly sloNs: number | null;
  /** Calls that took longer than the SLO's limit. */
  readonly slow: number;
}

/** Of the scheduled calls (METHOD §5). */
export const LEAST_SENT = 0.995;

/** Rules whose violation means that the trial speaks of something else than this road under this load. */
const VOIDING = new Set(["path", "books", "policy", "clock", "throttled", "start"]);
/** Rules of our own side. */
const OWN_SIDE = new Set(["sent", "lateness"]);

export type Asked = Pick<SearchDesign, "slo" | "failureBudget">;

export function judgePoint(trial: Trial, asked: Asked): CapacityPoint {
  const base = { trial: trial.index, road: trial.scenario, rate: rateOf(trial), limit: null, isCertain: false };
  if (trial.outcome.state === "failed") {
    const because = [trial.outcome.message.split("\n", 1)[0] ?? ""];
    return { ...base, outcome: "void", because, verdict: "FAILED", measured: null };
  }
  const measuredTrial = trial as MeasuredTrial;
  const verdict = trial.outcome.verdict.state;
  const voiding = voidReasons(measuredTrial);
  if (voiding.length > 0) return { ...base, outcome: "void", because: voiding, verdict, measured: null };
  const measured = measuredPoint(measuredTrial, asked);
  const misses = missesOf(measured, asked);
  if (misses.length > 0) {
    const { limit, why, isCertain } = foundLimit(measuredTrial, measured, asked);
    return { ...base, outcome: "missed", limit, isCertain, because: [...misses, why], verdict, measured };
  }
  if (measured.response.sloNs !== null) return { ...base, outcome: "met", because: [], verdict, measured };
  const because = [
    `${measured.response.calls} calls are too few for a ${quantileName(asked.slo.quantile)}: ten must lie beyond it`,
  ];
  return { ...base, outcome: "too few calls", because, verdict, measured };
}

/** What a reader must know of a point beside its outcome. */
export function pointDoubts({ measured }: CapacityPoint): string[] {
  const little = measured?.little ?? null;
  const foreign = measured?.cpu?.unknownShare ?? 0;
  return [
    ...(little === null || little.agrees ? [] : [`Little's law does not hold: ${littleText(little)}`]),
    ...(foreign > FOREIGN_SHARE
      ? [`work of no process we know took ${percentText(foreign)} of the road's cores; a CPU line would hold it`]
      : []),
  ];
}

/** Calls per second that an open loop was asked for; a capacity search has no other loop. */
export function rateOf({ plan }: Pick<Trial, "plan">): number {
  const { loop } = plan;
  if (loop.kind === "open" && "rate" in loop.arrivals) return loop.arrivals.rate;
  throw new Error("a point of a capacity search has no rate");
}

function voidReasons({ outcome }: MeasuredTrial): string[] {
  const voiding = outcome.verdict.reasons
    .filter(({ state, rule }) => state === "INVALID" && VOIDING.has(rule))
    .map(({ text }) => text);
  return outcome.measurement.books.sent === 0 ? [...voiding, "no call was sent"] : voiding;
}

function measuredPoint(trial: MeasuredTrial, { slo }: Asked): MeasuredPoint {
  const { measurement, cpu } = trial.outcome;
  const { books, durationNs } = measurement;
  const response = histogramOf(trial, "response");
  const quantile = (q: number): number | null =>
    response === null || countBeyond(q, response.count) < THRESHOLDS.beyondInTrial ? null : response.percentile(q);
  return {
    completedPerSecond: ((books.ok + failedCalls(books)) / durationNs) * 1e9,
    sentShare: books.scheduled === 0 ? 0 : books.sent / books.scheduled,
    failureShare: (failedCalls(books) + books.inFlightAtEnd) / books.sent,
    response: {
      calls: response?.count ?? 0,
      meanNs: response?.meanNs ?? null,
      p50Ns: quantile(0.5),
      p99Ns: quantile(0.99),
      sloNs: quantile(slo.quantile),
      slow: response === null ? 0 : response.count - response.countUpTo(slo.limitNs),
    },
    cpu: cpu === null ? null : pointCpu(cpu),
    little: littleCheck(measurement),
  };
}

function missesOf({ response, sentShare, failureShare }: MeasuredPoint, { slo, failureBudget }: Asked): string[] {
  return [
    ...(sentShare < LEAST_SENT ? [`${percentText(sentShare)} of the scheduled calls were sent`] : []),
    ...(failureShare > failureBudget ? [`${percentText(failureShare)} of the calls failed or got no answer`] : []),
    ...(response.sloNs !== null && response.sloNs > slo.limitNs
      ? [`response ${quantileName(slo.quantile)} was ${durationText(response.sloNs)}`]
      : []),
  ];
}

function foundLimit(trial: MeasuredTrial, measured: MeasuredPoint, asked: Asked): FoundLimit {
  const { measurement, verdict } = trial.outcome;
  return limitOf({
    measurement,
    cpu: measured.cpu,
    slo: asked.slo,
    responseNs: measured.response.sloNs,
    serviceNs: histogramOf(trial, "service")?.percentile(asked.slo.quantile) ?? null,
    generatorFellBehind: verdict.reasons.some(({ state, rule }) => state === "INVALID" && OWN_SIDE.has(rule)),
    failuresOverBudget: measured.failureShare > asked.failureBudget,
  });
}

function histogramOf({ plan, outcome }: MeasuredTrial, quantity: "response" | "service"): SparseHistogram | null {
  return seriesHistogram(outcome.measurement, headlineMethod(plan) ?? "", quantity);
}

function failedCalls({ failed }: Books): number {
  return Object.values(failed).reduce((sum, calls) => sum + calls, 0);
}
