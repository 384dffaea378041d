/**
 * One window of load by a pool of workers, with the node's CPU read at its edges and the verdict on it. Used by every
 * command that measures without a road: load, calibrate, cross-check.
 */
import type { IntervalLine, Measurement } from "../../loadgen/measurement.js";
import { now } from "../../loadgen/clock.js";
import { Fault } from "../../loadgen/fault.js";
import type { LoadEvent, WorkerPool } from "../../loadgen/workers.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import type { CpuWindow } from "../../results/cpu-window.js";
import type { TrialVerdict } from "../../results/trial.js";
import { judgeTrial } from "../../results/verdict.js";
import { cpuWindow, readCpu, type CpuReading, type KnownProcess } from "../cpu-reader.js";

export interface DrivenWindow {
  readonly order: LoadOrder;
  readonly measurement: Measurement;
  /** Null when a window ended before its closing edge could be read. */
  readonly cpu: CpuWindow | null;
  readonly verdict: TrialVerdict;
  /** Wall clock at the window's opening. */
  readonly openedAtMs: number;
}

export interface DriveOptions {
  readonly signal?: AbortSignal;
  readonly onReady?: () => void;
  readonly onInterval?: (line: IntervalLine) => void;
  /** Processes besides the generator whose CPU is told apart. */
  readonly processes?: readonly KnownProcess[];
}

/** @throws as `WorkerPool.measure` */
export async function driveWindow(
  pool: WorkerPool,
  order: LoadOrder,
  options: DriveOptions = {},
): Promise<DrivenWindow> {
  const known = [...generators(pool), ...(options.processes ?? [])];
  let before: CpuReading | null = null;
  let after: CpuReading | null = null;
  let openedAtMs = Date.now();
  const onEvent = (event: LoadEvent): void => {
    switch (event.kind) {
      case "ready":
        return options.onReady?.();
      case "window-opened":
        before = readCpu(known, now());
        openedAtMs = Date.now();
        return;
      case "window-closed":
        after = readCpu(known, now());
        return;
      case "interval":
        return options.onInterval?.(event.line);
    }
  };
  const { signal } = options;
  const measurement = await pool.measure(order, { onEvent, ...(signal === undefined ? {} : { signal }) });
  const cpu = before === null || after === null ? null : cpuWindow(before, after);
  return { order, measurement, cpu, verdict: verdictOn(order, measurement, cpu), openedAtMs };
}

/** All rules about the generator hold; a path is promised by nobody, so none can be proven. */
function verdictOn({ plan }: LoadOrder, measurement: Measurement, cpu: CpuWindow | null): TrialVerdict {
  return judgeTrial({ plan, measurement, proof: null, cpu, expectedStatuses: new Map() });
}

function generators(pool: WorkerPool): KnownProcess[] {
  return pool.pids.map((pid, index) => ({ role: "generator", name: `worker ${index + 1}`, pid }));
}

/** The pool's own way to say "interrupted before anything was measured": the signal's reason instead of a Fault. */
export function wasInterrupted(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && !(error instanceof Fault);
}
