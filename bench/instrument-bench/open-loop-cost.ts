/**
 * What a call costs in the open loop against the closed one, spin excluded from both.
 *
 * Two closed loops are taken, because they differ by more than the open loop does. Over the same four connections each
 * call is a write of its own, as it is in the open loop: that ratio is the price of pacing. Over one connection answers
 * that are read together ask for calls that are written together, ten a write: most of that ratio is the system's price
 * of a write (some 6 µs here), of which lockstep pays a tenth.
 */
import type { Measurement } from "../../loadgen/measurement.js";
import { perSecond } from "../../loadgen/units.js";
import type { WorkerPool } from "../../loadgen/workers.js";
import { benchOrder } from "./bench-plan.js";
import type { BenchServer } from "./bench-server.js";
import { cpuNsPerCall } from "./worker-peer.js";

/** One value per round. */
export interface OpenLoopCost {
  readonly openNsPerCall: readonly number[];
  /** 10 in flight over the same 4 connections. */
  readonly independentNsPerCall: readonly number[];
  /** 10 in flight over one connection. */
  readonly lockstepNsPerCall: readonly number[];
  /** Of the last round, open, independent, lockstep. */
  readonly callsPerWrite: readonly [number, number, number];
}

const RATE = perSecond(20_000);
const CONNECTIONS = 4;
const IN_FLIGHT = 10;

export async function measureOpenLoopCost(
  pool: WorkerPool,
  server: BenchServer,
  rounds: number,
): Promise<OpenLoopCost> {
  const readings: (readonly [Measurement, Measurement, Measurement])[] = [];
  for (let round = 0; round < rounds; round++) {
    readings.push([await open(pool, server), await closed(pool, server, CONNECTIONS), await closed(pool, server, 1)]);
  }
  const [openLoop, independent, lockstep] = readings.at(-1)!.map(({ connections }) => connections.callsPerWrite);
  return {
    openNsPerCall: readings.map(([measurement]) => cpuNsPerCall(measurement)),
    independentNsPerCall: readings.map(([, measurement]) => cpuNsPerCall(measurement)),
    lockstepNsPerCall: readings.map(([, , measurement]) => cpuNsPerCall(measurement)),
    callsPerWrite: [openLoop!, independent!, lockstep!],
  };
}

/** The open loop's cost over another's, round by round. */
export function openLoopRatios({ openNsPerCall }: OpenLoopCost, closedNsPerCall: readonly number[]): number[] {
  return openNsPerCall.map((open, round) => open / closedNsPerCall[round]!);
}

function open(pool: WorkerPool, server: BenchServer): Promise<Measurement> {
  return pool.measure(
    benchOrder(server, {
      loop: { kind: "open", arrivals: { kind: "poisson", rate: RATE }, overflow: "queue" },
      connections: CONNECTIONS,
      idle: "hybrid",
    }),
  );
}

function closed(pool: WorkerPool, server: BenchServer, connections: number): Promise<Measurement> {
  const loop = { kind: "closed", inFlight: IN_FLIGHT, connectionPerCall: false } as const;
  return pool.measure(benchOrder(server, { loop, connections }));
}
