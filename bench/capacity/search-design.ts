/**
 * The design of a capacity search: one pass, whose blocks are rounds over the roads, and the plan of each point.
 */
import type { IdleStrategy, LoadPlan } from "../../loadgen/load-plan.js";
import { ms, ns, perSecond, seconds, type Nanoseconds } from "../../loadgen/units.js";
import { callsNeeded } from "../../results/capacity/slo.js";
import type { Design, PassDesign, SearchDesign, Slo } from "../../results/run-shape.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { HEADLINE_METHOD, STANDARD_MIX } from "../../scenarios/standard-mix.js";

export interface SearchWishes {
  readonly slo: Slo;
  readonly failureBudget: number;
  readonly maxRate: number;
  readonly windowNs: Nanoseconds;
  readonly warmupNs: Nanoseconds;
  readonly connections: number;
  readonly streams: number;
  readonly idle: IdleStrategy;
  readonly seed: number;
}

export type CapacityPass = PassDesign & { readonly search: SearchDesign };

/** METHOD §5. */
const PRECISION = 0.02;
/** Doubling reaches every rate from here within a few steps, and the CPU line gets its low end. */
const START_RATE = 1_000;
/** So long a window may become for the sake of the quantile. */
const LONGEST_WINDOW = seconds(5);
/** A road takes about 16 points; bad luck and second looks are allowed as many again. */
const MOST_POINTS = 32;
export const USUAL_POINTS = 16;
/** More calls than are needed on average, since arrivals are drawn. */
const CALLS_TO_SPARE = 1.2;
/** Samples of what is in flight, for Little's law. */
const INTERVALS = 40;

export function searchDesign(scenarios: readonly Scenario[], wishes: SearchWishes): Design {
  const longestWindowNs = longestWindow(wishes.windowNs);
  const leastRate = leastRateOf(wishes.slo, wishes.windowNs);
  const startRate = Math.min(Math.max(START_RATE, leastRate), wishes.maxRate);
  const { slo, failureBudget, maxRate } = wishes;
  const pass: CapacityPass = {
    name: "capacity",
    scenarios: scenarios.map(({ name }) => name),
    blocks: MOST_POINTS,
    plan: basePlan(wishes, startRate),
    search: { slo, failureBudget, startRate, leastRate, maxRate, precision: PRECISION, longestWindowNs },
  };
  return { seed: wishes.seed, blocks: MOST_POINTS, passes: [pass] };
}

/** The lowest rate at which the longest window holds the calls that the quantile needs. */
export function leastRateOf(slo: Slo, windowNs: number): number {
  return Math.ceil((CALLS_TO_SPARE * callsNeeded(slo) * 1e9) / (HEADLINE_SHARE * longestWindow(windowNs)));
}

const longestWindow = (windowNs: number): number => Math.max(windowNs, LONGEST_WINDOW);

/** The pass of a capacity search; null in any other run. */
export function capacityPassOf(design: Design): CapacityPass | null {
  const pass = design.passes.find(({ name }) => name === "capacity");
  return pass?.search === undefined ? null : { ...pass, search: pass.search };
}

/** The pass with the plan of one point: its rate, and a window that holds the calls the quantile needs. */
export function passAtRate(pass: CapacityPass, rate: number): CapacityPass {
  const { search, plan } = pass;
  const wanted = (CALLS_TO_SPARE * callsNeeded(search.slo) * 1e9) / (HEADLINE_SHARE * rate);
  // Below the least rate no window would do: such points are for the CPU line, which needs no quantile.
  const isForLine = rate < search.leastRate;
  const windowNs = isForLine ? plan.windowNs : Math.min(search.longestWindowNs, Math.max(plan.windowNs, wanted));
  const arrivals = { kind: "poisson", rate: perSecond(rate) } as const;
  return {
    ...pass,
    plan: {
      ...plan,
      loop: { kind: "open", arrivals, overflow: "queue" },
      windowNs: ns(Math.round(windowNs)),
      intervalNs: ns(Math.round(windowNs / INTERVALS)),
    },
  };
}

/** Of a whole search, in ns: what people are told before it starts. */
export function usualNs({ plan, scenarios }: CapacityPass): number {
  return scenarios.length * USUAL_POINTS * (plan.warmupNs + plan.windowNs + BETWEEN_POINTS);
}

/** Connecting, draining, reading counters; and longer windows at low rates. */
const BETWEEN_POINTS = ms(400);

const HEADLINE_SHARE =
  (STANDARD_MIX.find(({ method }) => method === HEADLINE_METHOD)?.weight ?? 0) /
  STANDARD_MIX.reduce((sum, { weight }) => sum + weight, 0);

function basePlan(wishes: SearchWishes, startRate: number): LoadPlan {
  return {
    loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(startRate) }, overflow: "queue" },
    warmupNs: wishes.warmupNs,
    windowNs: wishes.windowNs,
    drainNs: seconds(2),
    totalCalls: null,
    mix: STANDARD_MIX,
    seed: wishes.seed,
    connections: wishes.connections,
    streams: wishes.streams,
    timeoutNs: ns(Math.max(seconds(2), 4 * wishes.slo.limitNs)),
    idle: wishes.idle,
    intervalNs: ns(Math.round(wishes.windowNs / INTERVALS)),
  };
}
