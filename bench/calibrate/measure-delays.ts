/**
 * Known delays and a known standstill: what the instrument makes of them. A delay is the same for every call, so it must
 * show in response and service alike; a standstill hits one call, and those behind it must show it in response only.
 */
import { DEFAULT_SERVICE, type Injection, type PaymentsServiceOptions } from "../../loadgen/server-protocol.js";
import { ms, ns, seconds, type Nanoseconds } from "../../loadgen/units.js";
import type { DelayLine, StallReading } from "../../results/calibration-record.js";
import { hodgesLehmannPaired } from "../../results/statistics/hodges-lehmann.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { measurePairs } from "../cross-check/paired-windows.js";
import type { DrivenWindow } from "../load/drive-window.js";
import { latenciesOf } from "../load/load-report.js";
import { believableQuantile, openLoop, type CalibrationBench } from "./calibration-bench.js";
import type { CalibrationExtent } from "./calibration-extent.js";
import { delayTolerance, expectedInStall, STALL_TOLERANCE_NS } from "./judge-calibration.js";
import type { PaymentsProcess } from "./payments-process.js";

/** METHOD §6. Each is read above a floor with a server of its own, so that even 0 can be told wrongly. */
const DELAYS: readonly Nanoseconds[] = [ns(0), ms(0.2), ms(1), ms(5), ms(20)];
/**
 * What the server takes on the floor as well. At a few hundred calls a second every path is cold, and our own write takes
 * 50 µs or more (so does that of a bare echo client); an answer that comes meanwhile waits until the write is over, and a
 * delay of less than the rest of the write would show as nothing at all. Behind this base no answer meets our own write,
 * and the difference of two delays is what is known.
 */
const BASE = ms(0.5);

/** Windows of the floor and of the delay take turns: how cold a call is changes within seconds, by more than is asked. */
export async function measureDelays(bench: CalibrationBench, extent: CalibrationExtent): Promise<DelayLine[]> {
  const lines: DelayLine[] = [];
  await bench.withServer(taking(BASE), async (floor) => {
    for (const delayNs of DELAYS) {
      await bench.withServer(taking(ns(BASE + delayNs)), async (delayed) => {
        bench.say(`a delay of ${delayNs / 1e6} ms`);
        lines.push(await measureDelay(bench, { floor, delayed }, delayNs, extent));
      });
    }
  });
  return lines;
}

function taking(serviceNs: Nanoseconds): PaymentsServiceOptions {
  return { ...DEFAULT_SERVICE, serviceTime: { kind: "fixed", ns: serviceNs } };
}

async function measureDelay(
  bench: CalibrationBench,
  { floor, delayed }: Readonly<Record<"floor" | "delayed", PaymentsProcess>>,
  delayNs: Nanoseconds,
  { delay, delayPairs }: CalibrationExtent,
): Promise<DelayLine> {
  const rate = delayRate(delayNs); // of both: how cold a call is depends on it
  const windowNs = ns(Math.max(delay.windowNs, (CALLS_FOR_A_MEDIAN * 1e9) / rate));
  const { pairs } = await measurePairs<PaymentsProcess, DrivenWindow>({
    arms: [floor, delayed],
    pairs: delayPairs,
    seed: bench.seed,
    measure: (server, seed) => bench.window(server, { loop: openLoop("constant", rate), ...delay, windowNs, seed }),
    usable: ({ verdict }) => verdict.state !== "INVALID",
  });
  const medians = pairs.map(([without, under]) => [mediansOf(without), mediansOf(under)] as const);
  return {
    delayNs,
    calls: medians.reduce((sum, [, { calls }]) => sum + calls, 0),
    reportedResponseNs: typicalDifference(medians, "response"),
    reportedServiceNs: typicalDifference(medians, "service"),
    toleranceNs: delayTolerance(delayNs),
  };
}

/** With ten of them beyond it (METHOD §3), and some to spare. */
const CALLS_FOR_A_MEDIAN = 24;

/** Never two calls at a time, so that nothing is reported but the delay. */
function delayRate(delayNs: Nanoseconds): number {
  return Math.min(200, 0.5e9 / (BASE + delayNs));
}

interface Medians {
  readonly calls: number;
  readonly response: number | null;
  readonly service: number | null;
}

function mediansOf({ order, measurement }: DrivenWindow): Medians {
  const { response, service } = latenciesOf(order, measurement);
  return {
    calls: service.count,
    response: believableQuantile(response, 0.5),
    service: believableQuantile(service, 0.5),
  };
}

/** Hodges-Lehmann over the pairs; null where none can say it. */
function typicalDifference(
  pairs: readonly (readonly [floor: Medians, delayed: Medians])[],
  of: "response" | "service",
): number | null {
  const differences = pairs.flatMap(([{ [of]: floor }, { [of]: delayed }]) =>
    floor === null || delayed === null ? [] : [delayed - floor],
  );
  return differences.length === 0 ? null : hodgesLehmannPaired(differences).estimate;
}

const STALL = seconds(1);
const STALL_RATE = 200;

/**
 * A constant rate over one stream: while the server stands still, the calls behind the one that met it wait on our side.
 * They count from when they were due (response); the server is not to be blamed for their wait (service).
 */
export async function measureStall(bench: CalibrationBench, { stall }: CalibrationExtent): Promise<StallReading> {
  bench.say("a standstill of 1 s");
  const callsBefore = Math.round((STALL_RATE * (stall.warmupNs + stall.windowNs / 4)) / 1e9);
  const standstill: Injection = {
    method: HEADLINE_METHOD,
    from: callsBefore,
    every: 1,
    times: 1,
    effect: { kind: "stall", ns: STALL },
  };
  const loop = openLoop("constant", STALL_RATE);
  const { order, measurement } = await bench.withServer({ ...DEFAULT_SERVICE, injections: [standstill] }, (server) =>
    bench.window(server, { loop, streams: 1, timeoutNs: null, ...stall }),
  );
  const { response, service, blocked } = latenciesOf(order, measurement);
  return {
    stallNs: STALL,
    windowNs: stall.windowNs,
    rate: STALL_RATE,
    toleranceNs: STALL_TOLERANCE_NS,
    calls: service.count,
    response: {
      p50Ns: response?.percentile(0.5) ?? null,
      p90Ns: response?.percentile(0.9) ?? null,
      p99Ns: response?.percentile(0.99) ?? null,
      maxNs: response?.maxNs ?? null,
    },
    expected: expectedInStall(STALL, stall.windowNs),
    serviceP99Ns: service.percentile(0.99),
    slowServices: service.count - service.countUpTo(STALL / 2),
    blockedCalls: blocked.count,
  };
}
