/**
 * What one trial of a synthetic run yields: calls drawn from the model, books that balance. What counters and CPU
 * readings show beside it stands in synthetic-readings.ts.
 */
import type { LoadPlan } from "../loadgen/load-plan.js";
import type { EncodedHistogram, IntervalLine, Measurement, MethodBooks, Series } from "../loadgen/measurement.js";
import type { RandomStream } from "../loadgen/random.js";
import { ns } from "../loadgen/units.js";
import type { Scenario } from "../scenarios/scenario.js";
import { provePath } from "./path-proof.js";
import { SparseHistogram } from "./sparse-histogram.js";
import { emptyCounters, movedCounters, syntheticCpu } from "./synthetic-readings.js";
import type { TrialOutcome } from "./trial.js";
import { judgeTrial } from "./verdict.js";

export interface SyntheticRequest {
  readonly scenario: Scenario;
  readonly plan: LoadPlan;
  /** Median service of ProcessPayment in this trial. */
  readonly serviceNs: number;
  /** In the window, over all methods. */
  readonly calls: number;
  readonly random: RandomStream;
}

/** A report is larger than a payment, a status smaller. */
const METHOD_FACTOR: Readonly<Record<string, number>> = { GetPaymentStatus: 0.95, GenerateFinancialReport: 1.6 };
/** One call in a hundred meets a stall. */
const TAIL_SHARE = 0.01;
const TAIL_FACTOR = 4;
const BODY_SIGMA = 0.15;
/** Of the CPU per call, from trial to trial. */
const CPU_SIGMA = 0.03;
/** Priming and warm-up, per call of the window. */
const WARMUP_SHARE = 0.5;

export function syntheticOutcome(request: SyntheticRequest): TrialOutcome {
  const { scenario, plan } = request;
  const isRefused = plan.mix.every((share) => share.method === "IssueRefund");
  const measurement = syntheticMeasurement(request, isRefused);
  const cpu = syntheticCpu(scenario, measurement, request.random.lognormal(1, CPU_SIGMA));
  const before = emptyCounters(scenario);
  const after = movedCounters(scenario, before, measurement, isRefused);
  const proof = provePath(scenario.promise, before, after, measurement);
  const expectedStatuses = new Map(
    plan.mix.map(({ method }) => [method, isRefused ? ("PERMISSION_DENIED" as const) : ("OK" as const)]),
  );
  const verdict = judgeTrial({ plan, measurement, proof, cpu, expectedStatuses });
  return { state: "measured", measurement, cpu, path: { before, after, proof }, verdict };
}

function syntheticMeasurement(
  { plan, serviceNs, calls, random, scenario }: SyntheticRequest,
  isRefused: boolean,
): Measurement {
  const weights = plan.mix.reduce((sum, share) => sum + share.weight, 0);
  const drawn = plan.mix.map((share) => {
    const median = serviceNs * (METHOD_FACTOR[share.method] ?? 1);
    return { method: share.method, service: drawCalls(Math.round((calls * share.weight) / weights), median, random) };
  });
  const methods = drawn.map(({ method, service }): MethodBooks => {
    const sent = service.length;
    const totalSent = Math.round(sent * (1 + WARMUP_SHARE)) + 1;
    if (isRefused) return { method, sent, ok: 0, failed: { PERMISSION_DENIED: sent }, totalSent };
    return { method, sent, ok: sent, failed: {}, totalSent };
  });
  const sent = sum(methods, (books) => books.sent);
  const totalSent = sum(methods, (books) => books.totalSent);
  const failed = isRefused ? { PERMISSION_DENIED: sent } : {};
  const connections = plan.loop.kind === "closed" && plan.loop.connectionPerCall ? totalSent : plan.connections;
  const tls = scenario.road.tls !== "none";
  return {
    startedAtNs: ns(1e12),
    durationNs: plan.windowNs,
    books: {
      scheduled: sent,
      sent,
      unsent: 0,
      ok: isRefused ? 0 : sent,
      failed,
      inFlightAtEnd: 0,
      totalSent,
      totalEnded: totalSent,
    },
    methods,
    series: drawn.flatMap(({ method, service }) => seriesOf(plan, method, service, isRefused, random)),
    connections: {
      opened: connections,
      facts: [],
      connect: histogram(drawCalls(connections, 60_000, random)),
      handshake: tls ? histogram(drawCalls(connections, 900_000, random)) : null,
      reconnects: 0,
      goaways: 0,
      protocolErrors: 0,
      callsPerWrite: 1,
    },
    intervals: intervalLines(plan, sent, serviceNs),
    health: syntheticHealth(plan, serviceNs),
    notes: [],
  };
}

function drawCalls(calls: number, median: number, random: RandomStream): number[] {
  return Array.from({ length: calls }, () => {
    const stall = random.uniform() < TAIL_SHARE ? TAIL_FACTOR : 1;
    return Math.round(random.lognormal(median * stall, BODY_SIGMA * stall));
  });
}

function seriesOf(
  plan: LoadPlan,
  method: string,
  service: readonly number[],
  isRefused: boolean,
  random: RandomStream,
): Series[] {
  if (isRefused) return [{ method, quantity: "failure:PERMISSION_DENIED", histogram: histogram(service) }];
  const series: Series[] = [{ method, quantity: "service", histogram: histogram(service) }];
  if (plan.loop.kind === "closed") {
    if (!plan.loop.connectionPerCall) return series;
    const call = histogram(service.map((value) => value + Math.round(random.lognormal(200_000, 0.2))));
    return [...series, { method, quantity: "call", histogram: call }];
  }
  const lateness = service.map(() => Math.round(random.lognormal(3_000, 0.3)));
  const response = service.map((value, i) => value + (lateness[i] ?? 0));
  return [
    ...series,
    { method, quantity: "response", histogram: histogram(response) },
    { method, quantity: "lateness", histogram: histogram(lateness) },
    ...(method === plan.mix[0]?.method
      ? [{ method: "all", quantity: "lateness" as const, histogram: histogram(lateness) }]
      : []),
  ];
}

function histogram(values: readonly number[]): EncodedHistogram {
  return SparseHistogram.of(values).encode();
}

function intervalLines(plan: LoadPlan, sent: number, serviceNs: number): IntervalLine[] {
  const lines = Math.max(1, Math.round(plan.windowNs / plan.intervalNs));
  return Array.from({ length: lines }, (_, i) => ({
    atNs: ns((i + 1) * plan.intervalNs),
    sent: Math.round(sent / lines),
    ok: Math.round(sent / lines),
    failed: 0,
    inFlight: 1,
    p50Ns: serviceNs,
    p99Ns: serviceNs * 1.6,
    latenessP99Ns: plan.loop.kind === "open" ? 6_000 : null,
  }));
}

function syntheticHealth(plan: LoadPlan, serviceNs: number): Measurement["health"] {
  return {
    workers: 1,
    idle: "hybrid",
    cpuUserNs: ns(plan.windowNs * 0.2),
    cpuSystemNs: ns(plan.windowNs * 0.1),
    cpuSchedNs: ns(plan.windowNs * 0.3),
    spinNs: ns(plan.windowNs * 0.1),
    busyShare: 0.2,
    eventLoopUtilisation: 0.3,
    loopDelayMaxNs: ns(200_000),
    gcTotalNs: ns(0),
    gcLongestNs: ns(0),
    gcAffectedCalls: 0,
    gapDistance: plan.loop.kind === "open" ? 0.01 : null,
    halves: { firstP50Ns: serviceNs, secondP50Ns: serviceNs },
    throttled: 0,
    clockStepped: false,
    startedLateNs: ns(0),
    pinnedCpus: "1",
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
