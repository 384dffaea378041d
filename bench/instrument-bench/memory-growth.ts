/** What a worker's memory is after a million calls and after ten, in one window: whatever grows with calls shows here. */
import { readFile } from "node:fs/promises";
import { seconds } from "../../loadgen/units.js";
import type { WorkerPool } from "../../loadgen/workers.js";
import { benchOrder } from "./bench-plan.js";
import type { BenchServer } from "./bench-server.js";

export interface MemoryGrowth {
  /** Resident bytes of the worker, once so many calls had been made. */
  readonly afterFirst: number;
  readonly afterLast: number;
  readonly calls: number;
}

const FIRST_CALLS = 1_000_000;
const CALLS = 10_000_000;

export async function measureMemoryGrowth(pool: WorkerPool, server: BenchServer): Promise<MemoryGrowth> {
  const [pid] = pool.pids;
  let sent = 0;
  const resident: { readonly calls: number; readonly bytes: Promise<number> }[] = [];
  const order = benchOrder(server, {
    loop: { kind: "closed", inFlight: 100, connectionPerCall: false },
    windowNs: seconds(300),
    totalCalls: CALLS,
    intervalNs: seconds(0.5),
  });
  await pool.measure(order, {
    onEvent: (event) => {
      if (event.kind !== "interval") return;
      sent += event.line.sent;
      resident.push({ calls: sent, bytes: residentBytes(pid!) });
    },
  });
  const first = resident.find(({ calls }) => calls >= FIRST_CALLS);
  const last = resident.at(-1);
  return { afterFirst: await (first?.bytes ?? NaN), afterLast: await (last?.bytes ?? NaN), calls: sent };
}

async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
}
