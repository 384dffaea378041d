/**
 * Finds a rate for the open loop that every road of the run can carry: far enough below the knee of the slowest road
 * that queues do not speak louder than the road, high enough that a window holds calls to count.
 *
 * A short closed loop on each road gives its throughput; FRACTION of the smallest is tried on that road as an open loop
 * and lowered until the response there stays near the service. The closed loop is that of one caller, whose answers ask
 * for its own next calls: where callers are pods, there is no other.
 */
import type { CallerName, LoadPlan } from "../../loadgen/load-plan.js";
import { ms, perSecond, seconds, type CallsPerSecond } from "../../loadgen/units.js";
import type { TransportName } from "../../loadgen/transport.js";
import { seriesHistogram } from "../../results/measured-series.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Environment, WindowReading } from "../environment.js";

export interface PilotResult {
  readonly rate: CallsPerSecond;
  readonly slowest: string;
  /** Calls per second of the slowest road with IN_FLIGHT calls in flight. */
  readonly throughput: number;
  readonly tries: number;
}

/** Of the slowest road's throughput: at 40 % of it an M/M/1 queue makes a call wait 0.7 service times on average. */
const FRACTION = 0.4;
const IN_FLIGHT = 8;
/** Response p50 over service p50 that still counts as "below the knee". */
const KNEE = 1.5;
const TRIES = 4;
const BACK_OFF = 0.7;
const MINIMUM_RATE = 50;
const MAXIMUM_RATE = 20_000;

export async function pilotRate(
  environment: Environment,
  scenarios: readonly Scenario[],
  plan: LoadPlan,
  transport: TransportName,
  signal: AbortSignal,
): Promise<PilotResult> {
  const measure = (scenario: Scenario, own: Partial<LoadPlan>): Promise<WindowReading> =>
    environment.measure(
      { scenario, plan: { ...plan, drainNs: seconds(1), ...own }, transport, programTime: false },
      signal,
    );
  const distinct = scenarios.filter((scenario) => scenario.twinOf === null);
  let slowest: { scenario: Scenario; throughput: number } | null = null;
  for (const scenario of distinct) {
    const reading = await measure(scenario, {
      loop: { kind: "closed", inFlight: IN_FLIGHT, connectionPerCall: false },
      mix: busiestCaller(plan.mix),
      warmupNs: ms(100),
      windowNs: ms(200),
    });
    const throughput = (reading.measurement.books.ok / reading.measurement.durationNs) * 1e9;
    if (slowest === null || throughput < slowest.throughput) slowest = { scenario, throughput };
  }
  if (slowest === null) throw new Error("a pilot needs at least one road");
  const { scenario, throughput } = slowest;
  let rate = roundRate(throughput * FRACTION);
  for (let tries = 1; ; tries++) {
    const reading = await measure(scenario, {
      loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(rate) }, overflow: "queue" },
      warmupNs: ms(200),
      windowNs: ms(500),
    });
    if (belowKnee(reading) || tries === TRIES || rate <= MINIMUM_RATE) {
      return { rate: perSecond(rate), slowest: scenario.name, throughput, tries };
    }
    rate = roundRate(rate * BACK_OFF);
  }
}

/** The shares of the caller that sends most of the calls. */
function busiestCaller(mix: LoadPlan["mix"]): LoadPlan["mix"] {
  const weights = new Map<CallerName, number>();
  for (const { caller, weight } of mix) weights.set(caller, (weights.get(caller) ?? 0) + weight);
  const [busiest] = [...weights].sort(([, one], [, other]) => other - one)[0] ?? [];
  return mix.filter(({ caller }) => caller === busiest);
}

function belowKnee(reading: WindowReading): boolean {
  const headline = reading.measurement.methods[0]?.method;
  if (headline === undefined) return false;
  const response = seriesHistogram(reading.measurement, headline, "response")?.percentile(0.5) ?? Infinity;
  const service = seriesHistogram(reading.measurement, headline, "service")?.percentile(0.5) ?? 0;
  return response <= service * KNEE;
}

/** Two significant digits: a rate that a person can repeat from memory. */
export function roundRate(rate: number): number {
  const clamped = Math.min(MAXIMUM_RATE, Math.max(MINIMUM_RATE, rate));
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(clamped)) - 1);
  return Math.floor(clamped / unit) * unit;
}
