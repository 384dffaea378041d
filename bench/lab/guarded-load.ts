/**
 * The load of one window, given up at once when something that it needs dies meanwhile: nobody waits for calls that
 * cannot end, and nothing is told of a window that was not whole.
 */
import { Fault } from "../../loadgen/fault.js";
import type { Measurement } from "../../loadgen/measurement.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import type { MeasureOptions, WorkerPool } from "../../loadgen/workers.js";
import { howItEnded, type ProcessEnd } from "./processes.js";

/** What a window cannot do without. */
export interface NeededPart {
  /** For people: `the payments server`. */
  readonly name: string;
  readonly ended: Promise<ProcessEnd>;
}

export interface GuardedLoad extends Required<MeasureOptions> {
  readonly generator: WorkerPool;
  readonly needed: readonly NeededPart[];
}

/** @throws Fault that names the part which died; else as WorkerPool.measure does */
export async function driveGuarded(
  order: LoadOrder,
  { generator, needed, signal, onEvent }: GuardedLoad,
): Promise<Measurement> {
  const giveUp = new AbortController();
  let over = false;
  for (const { name, ended } of needed) {
    void ended.then((end) => {
      if (!over) giveUp.abort(diedMidway(name, end));
    });
  }
  try {
    const either = AbortSignal.any([signal, giveUp.signal]);
    const measurement = await generator.measure(order, { signal: either, onEvent });
    giveUp.signal.throwIfAborted();
    return measurement;
  } finally {
    over = true;
  }
}

export function diedMidway(name: string, end: ProcessEnd): Fault {
  return new Fault({
    fact: `${name} ended in the middle of a trial`,
    seen: `it ${howItEnded(end)}`,
    so: "the trial is void",
  });
}
