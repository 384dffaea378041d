/**
 * A capacity search that nobody measured, with roads whose knees and prices are known: for tests of what reads searches.
 * Its trials hold histograms, counters and books like measured ones.
 */
import type { EncodedHistogram, Measurement } from "../../loadgen/measurement.js";
import { randomStream } from "../../loadgen/random.js";
import { ms, ns, perSecond, seconds } from "../../loadgen/units.js";
import { selectScenarios } from "../../scenarios/selection.js";
import { STANDARD_MIX } from "../../scenarios/standard-mix.js";
import type { CpuWindow } from "../cpu-window.js";
import type { PassDesign, Run, SearchDesign } from "../run-shape.js";
import { SparseHistogram } from "../sparse-histogram.js";
import { syntheticRun } from "../synthetic-run.js";
import { syntheticOutcome } from "../synthetic-trial.js";
import type { Trial, TrialOutcome } from "../trial.js";
import { rateOf } from "./point.js";

/** A queue with one server: response p50 = meanNs · 0.69 ÷ (1 − rate ÷ full), p99 = · 4.6. CPU of the one road core. */
export interface SyntheticRoad {
  /** Calls per second that it could answer at the very most. */
  readonly full: number;
  readonly serverNs: number;
  readonly envoyNs: number;
  /** Kernel work, on the same core. */
  readonly kernelNs: number;
}

export const SYNTHETIC_ROADS: Readonly<Record<string, SyntheticRoad>> = {
  "no-policy": { full: 11_000, serverNs: 90_000, envoyNs: 0, kernelNs: 4_000 },
  l4: { full: 10_800, serverNs: 90_000, envoyNs: 0, kernelNs: 5_500 },
  l7: { full: 3_750, serverNs: 40_000, envoyNs: 235_000, kernelNs: 20_000 },
};

export const SYNTHETIC_SEARCH: SearchDesign = {
  slo: { quantile: 0.99, limitNs: 10e6 },
  failureBudget: 0.001,
  startRate: 1_000,
  leastRate: 400,
  maxRate: 100_000,
  precision: 0.02,
  longestWindowNs: 5e9,
};

export interface CapacityRunOptions {
  readonly roads?: Readonly<Record<string, SyntheticRoad>>;
  /** Of the rate at the SLO, in this order. */
  readonly shares?: readonly number[];
  readonly environment?: "lab" | "scripted";
}

const SHARES = [0.2, 0.4, 0.8, 0.6, 1.1, 0.3, 0.7, 1.02, 0.985, 1.003, 0.985, 0.985];
/** The p99 of a road crosses 10 ms so far below `full`: 4.6 ÷ 10 ms. */
const BELOW_FULL = 460;

export function capacityRun({
  roads = SYNTHETIC_ROADS,
  shares = SHARES,
  environment = "lab",
}: CapacityRunOptions = {}): Run {
  const names = Object.keys(roads);
  const base = syntheticRun({ scenarios: names, passes: [], blocks: 1, environment });
  const pass: PassDesign = {
    name: "capacity",
    scenarios: names,
    blocks: 32,
    plan: planAt(1_000),
    search: SYNTHETIC_SEARCH,
  };
  const { seed } = base.header.design;
  const trials = shares.flatMap((share, round) =>
    Object.entries(roads).map(([name, road], position) =>
      trialAt(name, road, Math.round((road.full - BELOW_FULL) * share), {
        index: round * names.length + position,
        round,
        position,
      }),
    ),
  );
  return {
    ...base,
    header: {
      ...base.header,
      scenarios: selectScenarios(names),
      command: ["tollgate", "capacity"],
      design: { seed, blocks: 32, passes: [pass] },
    },
    trials,
  };
}

interface Place {
  readonly index: number;
  readonly round: number;
  readonly position: number;
}

function trialAt(scenario: string, road: SyntheticRoad, rate: number, { index, round, position }: Place): Trial {
  return {
    index,
    pass: "capacity",
    scenario,
    block: round,
    position,
    attempt: 0,
    startedAt: new Date(Date.UTC(2026, 10, 23, 18, 30, index)).toISOString(),
    plan: planAt(rate),
    outcome: outcomeAt(scenario, road, planAt(rate), index),
  };
}

function planAt(rate: number): Trial["plan"] {
  return {
    loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(rate) }, overflow: "queue" },
    warmupNs: ms(200),
    windowNs: ns(Math.max(0.7e9, (2_000 / rate) * 1e9)),
    drainNs: seconds(2),
    totalCalls: null,
    mix: STANDARD_MIX,
    seed: 1,
    connections: 4,
    streams: 100,
    timeoutNs: seconds(2),
    idle: "auto",
    intervalNs: ms(20),
  };
}

type Measured = Extract<TrialOutcome, { readonly state: "measured" }>;

/** What the road yields under that plan. */
export function outcomeAt(scenario: string, road: SyntheticRoad, plan: Trial["plan"], seed: number): Measured {
  const rate = rateOf({ plan });
  const [described] = selectScenarios([scenario]);
  if (described === undefined) throw new Error(`no scenario ${scenario}`);
  const waiting = 1 / Math.max(0.002, 1 - rate / road.full);
  const meanNs = (1e9 / road.full) * waiting;
  const calls = Math.round((rate * plan.windowNs) / 1e9);
  const random = randomStream(seed + 1);
  const outcome = syntheticOutcome({ scenario: described, plan, serviceNs: meanNs * 0.6, calls, random });
  if (outcome.state !== "measured") throw new Error("a synthetic trial is measured");
  const measurement = withLatency(outcome.measurement, meanNs * 0.69, meanNs * 4.6, rate);
  const noise = random.lognormal(1, 0.01);
  return { ...outcome, measurement, cpu: cpuAt(road, rate, plan.windowNs, noise) };
}

function withLatency(measurement: Measurement, p50Ns: number, p99Ns: number, rate: number): Measurement {
  const inFlight = (rate * (0.97 * p50Ns + 0.03 * p99Ns)) / 1e9;
  const twoValued = (count: number): EncodedHistogram =>
    SparseHistogram.of(Array.from({ length: count }, (_, i) => (i < count * 0.97 ? p50Ns : p99Ns))).encode();
  return {
    ...measurement,
    series: measurement.series.map((series) =>
      series.quantity === "response" || series.quantity === "service"
        ? { ...series, histogram: twoValued(series.histogram.count) }
        : series,
    ),
    intervals: measurement.intervals.map((line) => ({ ...line, inFlight: Math.round(inFlight) })),
  };
}

function cpuAt(road: SyntheticRoad, rate: number, durationNs: number, noise: number): CpuWindow {
  const perCall = road.serverNs + road.envoyNs + road.kernelNs;
  // More than there is cannot be spent: what is asked beyond the core waits.
  const calls = Math.min((rate * durationNs) / 1e9, (0.99 * durationNs) / perCall) * noise;
  const generator = durationNs * 0.4;
  const process = (role: "generator" | "server" | "envoy", pid: number, cpuNs: number) => ({
    ...{ role, name: role, pid, cpuNs, busiestThreadNs: cpuNs },
    userNs: cpuNs * 0.6,
    systemNs: cpuNs * 0.4,
  });
  const busy = calls * perCall + generator + durationNs * 0.008;
  return {
    durationNs,
    cpus: 2,
    node: {
      userNs: busy * 0.6,
      systemNs: busy * 0.3,
      softirqNs: busy * 0.1,
      irqNs: 0,
      stealNs: 0,
      idleNs: Math.max(0, durationNs * 2 - busy),
      stealTicks: 0,
    },
    processes: [
      process("generator", 101, generator),
      process("server", 102, calls * road.serverNs),
      ...(road.envoyNs === 0 ? [] : [process("envoy", 103, calls * road.envoyNs)]),
    ],
  };
}
