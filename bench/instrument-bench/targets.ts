/**
 * What the instrument must reach, beside what it reached: the product's own promises about its quietness. Each is a
 * ratio within one run, or a time on this machine; "at least" is the promise, "aim" what is striven for.
 */
import type { PeerName } from "./peer.js";
import { median, type PeerRow } from "./compare-peers.js";
import type { LatenessReading } from "./lateness.js";
import type { MemoryGrowth } from "./memory-growth.js";
import { openLoopRatios, type OpenLoopCost } from "./open-loop-cost.js";

export interface BenchResult {
  readonly rows: readonly PeerRow[];
  readonly openLoop: OpenLoopCost;
  readonly lateness: readonly LatenessReading[];
  readonly recordingNs: readonly number[];
  readonly memory: MemoryGrowth | null;
}

export interface Target {
  readonly name: string;
  readonly seen: number;
  readonly better: "lower" | "higher";
  readonly atLeast: number;
  /** Null where the promise is all there is. */
  readonly aim: number | null;
  readonly reached: "aim" | "promise" | "no";
}

export function targetsOf(result: BenchResult): Target[] {
  const plain = (peer: PeerName, inFlight: number) =>
    result.rows.find((row) => row.peer === peer && row.inFlight === inFlight && !row.tls);
  const seen = (value: number | undefined) => value ?? NaN;
  const { openLoop, lateness, recordingNs, memory } = result;
  const againstIndependent = openLoopRatios(openLoop, openLoop.independentNsPerCall);
  const againstLockstep = openLoopRatios(openLoop, openLoop.lockstepNsPerCall);
  return [
    lower("CPU per call against h2load, 100 in flight", seen(plain("h2load", 100)?.cpu_ratio), 0.8, 0.4),
    lower("CPU per call against h2load, 10 in flight", seen(plain("h2load", 10)?.cpu_ratio), 1.3, 1.0),
    higher("calls/s against h2load, 1 in flight", seen(plain("h2load", 1)?.rps_ratio), 1.0, 1.25),
    higher("calls/s against h2load, 100 in flight", seen(plain("h2load", 100)?.rps_ratio), 1.5, 2.5),
    lower("CPU per call, open loop against closed over 4", median(againstIndependent), 3, 1.5),
    lower("CPU per call, open loop against closed over 1", median(againstLockstep), 3, 1.5),
    lower("CPU per call against grpc-js, 10 in flight", seen(plain("grpc-js", 10)?.cpu_ratio), 1 / 15, 1 / 30),
    lower("lateness p50 at 1,000/s, µs", median(lateness.map(({ p50Ns }) => p50Ns)) / 1e3, 5, null),
    lower("lateness p99 at 1,000/s, µs", median(lateness.map(({ p99Ns }) => p99Ns)) / 1e3, 150, null),
    lower("recording one call, ns", median(recordingNs), 250, 120),
    ...(memory === null
      ? []
      : [lower("memory after 10 million calls against 1 million", memory.afterLast / memory.afterFirst, GROWTH, null)]),
  ];
}

/** No growth: what the allocator and the compiler do in ten seconds stays below this. */
const GROWTH = 1.1;

function lower(name: string, seen: number, atLeast: number, aim: number | null): Target {
  const reached = aim !== null && seen <= aim ? "aim" : seen <= atLeast ? "promise" : "no";
  return { name, seen, better: "lower", atLeast, aim, reached };
}

function higher(name: string, seen: number, atLeast: number, aim: number): Target {
  const reached = seen >= aim ? "aim" : seen >= atLeast ? "promise" : "no";
  return { name, seen, better: "higher", atLeast, aim, reached };
}
