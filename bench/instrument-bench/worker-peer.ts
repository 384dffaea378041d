/**
 * Our own worker as a peer, over either transport: the whole of it, with driver, recorder and histograms, as every
 * measurement of tollgate uses it.
 */
import type { Measurement } from "../../loadgen/measurement.js";
import { Fault } from "../../loadgen/fault.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { WorkerPool } from "../../loadgen/workers.js";
import { seriesHistogram } from "../../results/measured-series.js";
import { benchOrder, BENCH_METHOD } from "./bench-plan.js";
import type { BenchServer } from "./bench-server.js";
import type { BenchCase, Peer, PeerReading } from "./peer.js";

export function workerPeer(transport: TransportName, pool: WorkerPool, server: BenchServer): Peer {
  return {
    name: transport,
    measure: async ({ inFlight, tls }: BenchCase): Promise<PeerReading> => {
      const loop = { kind: "closed", inFlight, connectionPerCall: false } as const;
      const readsBefore = await server.reads();
      const measurement = await pool.measure(benchOrder(server, { loop }, { tls, transport }));
      const reads = (await server.reads()) - readsBefore;
      return {
        callsPerSecond: (measurement.books.ok / measurement.durationNs) * 1e9,
        cpuNsPerCall: cpuNsPerCall(measurement),
        p50Ns: inFlight === 1 ? serviceP50(measurement) : null,
        callsPerRead: measurement.books.totalSent / reads,
      };
    },
  };
}

/** Work alone: what was burnt waiting for the next due time is no cost of a call. */
export function cpuNsPerCall({ books, health }: Measurement): number {
  if (books.ok === 0) throw new Fault({ fact: "no call succeeded in a window of the bench" });
  return (health.cpuUserNs + health.cpuSystemNs - health.spinNs) / books.ok;
}

function serviceP50(measurement: Measurement): number | null {
  return seriesHistogram(measurement, BENCH_METHOD, "service")?.percentile(0.5) ?? null;
}
