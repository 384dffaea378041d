/**
 * CPU as a line over the rate: a fixed part and a price per call (METHOD §5). Fitted over the rates at which nothing was
 * full, one value a rate (the median of its trials), by the median of slopes with its exact interval.
 *
 * Easy to get wrong: one "per 1,000 calls" figure hides the fixed part and comes out several times too large at low
 * rates; and beyond the point where cores are full the line bends, since idle work is put off and batches grow.
 */
import { medianOfSorted } from "../statistics/sample.js";
import { theilSenLine } from "../statistics/theil-sen.js";
import type { Interval } from "../comparison-shape.js";
import { LEAST_SENT, type CapacityPoint, type MeasuredPoint } from "./point.js";
import type { PointCpu } from "./point-cpu.js";
import { FULL_CORES } from "./point-limit.js";

export const LINE_SUBJECTS = ["road", "envoy", "server"] as const;
/** road: everything busy on the node but the generator. */
export type LineSubject = (typeof LINE_SUBJECTS)[number];

export interface CpuLine {
  /** Busy ns per second at rate 0; the idle machine's own floor is in it. */
  readonly fixedNsPerSecond: Interval;
  readonly perCallNs: Interval;
  readonly confidence: number;
  /** What it was fitted to: completed calls per second against busy ns per second. */
  readonly points: readonly LinePoint[];
}

export interface LinePoint {
  readonly completedPerSecond: number;
  readonly nsPerSecond: number;
}

/** Rates below which there is no line (METHOD §5), nor any interval of 95 %. */
export const LEAST_RATES = 5;

/** Rates whose points a line may be fitted to, ascending. */
export function ratesOfLine(points: readonly CapacityPoint[]): number[] {
  return [...new Set(points.filter(fitsLine).map(({ rate }) => rate))].sort((a, b) => a - b);
}

/** Null with fewer than five rates, or where this part was not read. */
export function cpuLine(points: readonly CapacityPoint[], subject: LineSubject): CpuLine | null {
  const fitting = points.filter(fitsLine);
  const line = ratesOfLine(points).flatMap((rate): LinePoint[] => {
    const own = fitting.filter((point) => point.rate === rate).map(({ measured }) => measured);
    const spent = own.map(({ cpu }) => spentBy(cpu, subject)).filter((value) => value !== null);
    if (spent.length === 0) return [];
    return [{ completedPerSecond: median(own.map((one) => one.completedPerSecond)), nsPerSecond: median(spent) }];
  });
  if (line.length < LEAST_RATES) return null;
  const { slope, intercept, confidenceReached } = theilSenLine(
    line.map((point) => point.completedPerSecond),
    line.map((point) => point.nsPerSecond),
  );
  return { fixedNsPerSecond: intercept, perCallNs: slope, confidence: confidenceReached, points: line };
}

/** The largest rate that the line rests on. */
export function topOfLine({ points }: CpuLine): number {
  return Math.max(...points.map((point) => point.completedPerSecond));
}

type FittingPoint = CapacityPoint & { readonly measured: MeasuredPoint & { readonly cpu: PointCpu } };

/**
 * Everything sent, nothing full: what was spent then was spent on the calls of that rate. Whether they were answered in
 * time does not matter here, nor whether they left late.
 */
function fitsLine(point: CapacityPoint): point is FittingPoint {
  const { measured } = point;
  if (measured?.cpu === null || measured === null) return false;
  return (
    measured.sentShare >= LEAST_SENT && measured.failureShare <= MOST_FAILED && measured.cpu.roadShare < FULL_CORES
  );
}

/** Of the calls, whatever the SLO forgives: one that came to nothing cost less than one that was answered. */
const MOST_FAILED = 0.001;

function spentBy(cpu: PointCpu, subject: LineSubject): number | null {
  switch (subject) {
    case "road":
      return cpu.roadNsPerSecond;
    case "envoy":
      return cpu.envoyNsPerSecond;
    case "server":
      return cpu.serverNsPerSecond;
  }
}

function median(values: readonly number[]): number {
  return medianOfSorted(Float64Array.from(values).sort());
}
