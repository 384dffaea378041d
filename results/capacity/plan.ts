/**
 * From CPU lines to nodes and money (METHOD §5). Nothing is measured here: every figure comes from a kept search and
 * from the wishes, and the formulas stand beside the functions that are them.
 *
 * Easy to get wrong: the price per call holds for the rates it was fitted to. Per core, a plan may go a little beyond
 * them and says so; further it is refused.
 */
import type { Interval } from "../comparison-shape.js";
import { LEAST_RATES, ratesOfLine, topOfLine, type CpuLine } from "./cpu-line.js";
import type { RoadCapacity } from "./road-capacity.js";

export interface PlanWishes {
  /** Calls per second. */
  readonly peak: number;
  readonly nodeCores: number;
  /** Of a node's cores that the peak may fill, 0 to 1. */
  readonly utilisation: number;
  /** Per vCPU and hour, in whatever currency. */
  readonly price: number;
  /** Nodes on top, for failures and upgrades. */
  readonly spare: number;
  /** Calls that one payment makes; null: not asked. */
  readonly fanOut: number | null;
}

export interface RoadPlan {
  readonly road: RoadCapacity;
  /** Null where the search gave no line, or it would be stretched too far. */
  readonly demand: Demand | null;
  /** Why there is no demand. */
  readonly refusal: string | null;
  /** What a reader must know of the demand. */
  readonly notes: readonly string[];
  readonly headroom: number | null;
  readonly fanOut: FanOut | null;
}

export interface Demand {
  readonly nodes: Interval;
  /** Of all nodes at the peak, without room to spare. */
  readonly busyCores: Interval;
  /** That money is paid for: busy cores ÷ utilisation. */
  readonly vcpu: Interval;
  readonly costPerMillion: Interval;
  readonly sensitivity: readonly Variation[];
}

/** The plan with one wish changed. */
export interface Variation {
  readonly name: string;
  readonly wishes: PlanWishes;
  readonly nodes: Interval;
  readonly costPerMillion: Interval;
}

export interface FanOut {
  readonly calls: number;
  /**
   * Of the calls at `rate`, slower than the SLO's limit, and how many that were of how many. Where none was: what the
   * share is below with 95 % confidence, three in as many calls (the rule of three).
   */
  readonly slowShare: number;
  readonly slow: number;
  readonly of: number;
  readonly rate: number;
  /** P(a payment has at least one slow call). */
  readonly slowPayments: number;
}

/** Rate per core of the plan over the largest one the line rests on: from here on nothing is said. */
export const FURTHEST_PER_CORE = 2;
/** Peak over the largest measured rate: from here on one machine's figures say nothing. */
export const FURTHEST_PEAK = 100;
/** Peak over the largest measured rate: from here on it is said loudly. */
export const FAR_PEAK = 20;

export function planRoad(road: RoadCapacity, wishes: PlanWishes): RoadPlan {
  const line = road.lines.road;
  const fanOut = wishes.fanOut === null ? null : fanOutOf(road, wishes.fanOut);
  const bare = { road, demand: null, notes: [], headroom: null, fanOut };
  if (line === null) return { ...bare, refusal: noLine(road) };
  const refusal = noSlope(line) ?? tooFar(road, line, wishes);
  if (refusal !== null) return { ...bare, refusal };
  return {
    ...bare,
    refusal: null,
    demand: demandOf(line, wishes),
    notes: notesOf(road, line, wishes),
    headroom: headroomOf(road, line, wishes),
  };
}

/** ⌈peak × b ÷ (cores × utilisation)⌉ + spare, b in CPU seconds per call. */
export function nodesFor({ peak, nodeCores, utilisation, spare }: PlanWishes, perCallNs: number): number {
  // A quotient that is whole must not be rounded up because of its last binary digit.
  return Math.ceil(busyCoresFor(peak, perCallNs) / (nodeCores * utilisation) - 1e-9) + spare;
}

/** b × 10⁶ ÷ 3600 vCPU hours, × price ÷ utilisation. */
export function costPerMillion({ price, utilisation }: PlanWishes, perCallNs: number): number {
  return ((perCallNs / 1e9) * 1e6 * price) / 3600 / utilisation;
}

/** 1 − (1 − p)^k: one slow call of k makes the whole payment slow. */
export function slowPayments(slowShare: number, calls: number): number {
  return 1 - (1 - slowShare) ** calls;
}

function busyCoresFor(peak: number, perCallNs: number): number {
  return (peak * perCallNs) / 1e9;
}

function demandOf(line: CpuLine, wishes: PlanWishes): Demand {
  const over = (of: (perCallNs: number) => number): Interval => mapped(line.perCallNs, of);
  return {
    nodes: over((b) => nodesFor(wishes, b)),
    busyCores: over((b) => busyCoresFor(wishes.peak, b)),
    vcpu: over((b) => busyCoresFor(wishes.peak, b) / wishes.utilisation),
    costPerMillion: over((b) => costPerMillion(wishes, b)),
    sensitivity: variationsOf(wishes).map(({ name, wishes: varied }) => ({
      name,
      wishes: varied,
      nodes: over((b) => nodesFor(varied, b)),
      costPerMillion: over((b) => costPerMillion(varied, b)),
    })),
  };
}

function mapped({ estimate, low, high }: Interval, of: (value: number) => number): Interval {
  return { estimate: of(estimate), low: of(low), high: of(high) };
}

const UTILISATION_STEP = 0.1;
const FULLEST = 0.95;

function variationsOf(wishes: PlanWishes): { readonly name: string; readonly wishes: PlanWishes }[] {
  const { peak, price, utilisation } = wishes;
  const emptier = Math.max(UTILISATION_STEP / 2, utilisation - UTILISATION_STEP);
  const fuller = Math.min(FULLEST, utilisation + UTILISATION_STEP);
  return [
    { name: "peak −50 %", wishes: { ...wishes, peak: peak * 0.5 } },
    { name: "peak +50 %", wishes: { ...wishes, peak: peak * 1.5 } },
    { name: `utilisation ${hundredths(emptier)}`, wishes: { ...wishes, utilisation: emptier } },
    { name: `utilisation ${hundredths(fuller)}`, wishes: { ...wishes, utilisation: fuller } },
    { name: "price −50 %", wishes: { ...wishes, price: price * 0.5 } },
    { name: "price +50 %", wishes: { ...wishes, price: price * 1.5 } },
  ];
}

const hundredths = (value: number): string => String(Number(value.toFixed(2)));

function noLine({ points }: RoadCapacity): string {
  return `a CPU line rests on ${LEAST_RATES} rates at which nothing was full; there are ${ratesOfLine(points).length}`;
}

/** Figures made from it would have no upper end that means anything, and a lower one of no nodes at all. */
function noSlope({ perCallNs }: CpuLine): string | null {
  if (perCallNs.low > 0) return null;
  return "the rates do not tell the CPU of a call from nothing: other work ran beside them; search again on a machine that is otherwise idle";
}

function tooFar(road: RoadCapacity, line: CpuLine, wishes: PlanWishes): string | null {
  const perCore = perCoreStretch(road, line, wishes);
  if (perCore > FURTHEST_PER_CORE) {
    return `${times(perCore)} the largest measured rate per core; at most ×${FURTHEST_PER_CORE} is said`;
  }
  const whole = wishes.peak / topOfLine(line);
  if (whole <= FURTHEST_PEAK) return null;
  return `the peak is ${times(whole)} the largest measured rate; at most ×${FURTHEST_PEAK} is said`;
}

/** Calls per second on each core of the planned nodes, over the same where the line ends. */
function perCoreStretch(road: RoadCapacity, line: CpuLine, { utilisation }: PlanWishes): number {
  const planned = (utilisation * 1e9) / Math.max(line.perCallNs.estimate, Number.MIN_VALUE);
  return planned / (topOfLine(line) / coresOf(road));
}

function notesOf(road: RoadCapacity, line: CpuLine, wishes: PlanWishes): string[] {
  const perCore = perCoreStretch(road, line, wishes);
  const whole = wishes.peak / topOfLine(line);
  const cores = coresOf(road);
  return [
    ...(perCore > 1 ? [`extrapolated: ${times(perCore)} the largest measured rate per core`] : []),
    ...(whole > FAR_PEAK ? [`the peak is ${times(whole)} the largest measured rate`] : []),
    ...(cores < wishes.nodeCores
      ? [`measured on ${cores} core${cores === 1 ? "" : "s"}, planned on ${wishes.nodeCores}`]
      : []),
  ];
}

/**
 * Largest held rate × b ÷ (road's cores × utilisation): how much fuller than planned the SLO still held. A rate that our
 * own generator limited is no rate of the road: null.
 */
function headroomOf(road: RoadCapacity, line: CpuLine, { utilisation }: PlanWishes): number | null {
  const held = road.bracket.low;
  if (held === null || road.end === "generator-limited") return null;
  return busyCoresFor(held.rate, line.perCallNs.estimate) / (coresOf(road) * utilisation);
}

function coresOf({ points }: RoadCapacity): number {
  return Math.max(1, ...points.map(({ measured }) => measured?.cpu?.roadCores ?? 1));
}

/** At the largest held rate, from all of its trials that may be believed. */
function fanOutOf({ bracket, points }: RoadCapacity, calls: number): FanOut | null {
  const rate = bracket.low?.rate;
  if (rate === undefined) return null;
  const there = points.filter((point) => point.rate === rate).flatMap(({ measured }) => measured?.response ?? []);
  const of = sum(there.map((response) => response.calls));
  const slow = sum(there.map((response) => response.slow));
  if (of === 0) return null;
  const slowShare = Math.min(1, (slow === 0 ? RULE_OF_THREE : slow) / of);
  return { calls, rate, slow, of, slowShare, slowPayments: slowPayments(slowShare, calls) };
}

/** −ln 0.05: with so many slow calls expected, seeing none has a chance of 5 %. */
const RULE_OF_THREE = 3;

const times = (value: number): string => `×${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))}`;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
