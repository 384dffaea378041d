/** How late calls leave at 1,000/s Poisson with the hybrid strategy: what the pacer is worth on this machine. */
import { perSecond, seconds } from "../../loadgen/units.js";
import type { WorkerPool } from "../../loadgen/workers.js";
import { seriesHistogram } from "../../results/measured-series.js";
import { benchOrder } from "./bench-plan.js";
import type { BenchServer } from "./bench-server.js";

export interface LatenessReading {
  readonly p50Ns: number;
  readonly p99Ns: number;
}

const RATE = perSecond(1_000);

export async function measureLateness(
  pool: WorkerPool,
  server: BenchServer,
  rounds: number,
): Promise<readonly LatenessReading[]> {
  const readings: LatenessReading[] = [];
  for (let round = 0; round < rounds; round++) {
    const measurement = await pool.measure(
      benchOrder(server, {
        loop: { kind: "open", arrivals: { kind: "poisson", rate: RATE }, overflow: "queue" },
        windowNs: seconds(2),
        idle: "hybrid",
      }),
    );
    const lateness = seriesHistogram(measurement, "all", "lateness");
    readings.push({ p50Ns: lateness?.percentile(0.5) ?? NaN, p99Ns: lateness?.percentile(0.99) ?? NaN });
  }
  return readings;
}
