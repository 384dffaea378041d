/**
 * What a call costs in the open loop, where streams are independent, against the closed loop, where answers that are
 * read together ask for calls that are written together.
 */
import { perSecond } from "../../loadgen/units.js";
import type { WorkerPool } from "../../loadgen/workers.js";
import { benchOrder } from "./bench-plan.js";
import type { BenchServer } from "./bench-server.js";
import { cpuNsPerCall } from "./worker-peer.js";

export interface OpenLoopCost {
  /** Median over rounds of: open loop, Poisson 20,000/s over 4 connections, over closed loop, 10 in flight over one. */
  readonly ratios: readonly number[];
  readonly openNsPerCall: readonly number[];
  readonly closedNsPerCall: readonly number[];
}

const RATE = perSecond(20_000);

/** Spin is excluded from both. */
export async function measureOpenLoopCost(
  pool: WorkerPool,
  server: BenchServer,
  rounds: number,
): Promise<OpenLoopCost> {
  const openNsPerCall: number[] = [];
  const closedNsPerCall: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const open = await pool.measure(
      benchOrder(server, {
        loop: { kind: "open", arrivals: { kind: "poisson", rate: RATE }, overflow: "queue" },
        connections: 4,
        idle: "hybrid",
      }),
    );
    const closed = await pool.measure(
      benchOrder(server, { loop: { kind: "closed", inFlight: 10, connectionPerCall: false } }),
    );
    openNsPerCall.push(cpuNsPerCall(open));
    closedNsPerCall.push(cpuNsPerCall(closed));
  }
  return { ratios: openNsPerCall.map((open, i) => open / closedNsPerCall[i]!), openNsPerCall, closedNsPerCall };
}
