/**
 * How the workers wait for their next call when nobody said how: decided once for all of them, by the CPUs they have.
 */
import type { IdleStrategy } from "./load-plan.js";
import type { Idle } from "./pacer.js";

export interface WorkerCores {
  /** The CPUs each worker may run on. */
  readonly allowed: readonly (readonly number[])[];
  /** CPUs of the machine. */
  readonly online: number;
}

/**
 * `auto` spins if every worker can have a core of its own and the road still has one: workers that were pinned were given
 * their cores; else one must be left over. Where cores are short, the workers sleep.
 */
export function chooseIdle(strategy: IdleStrategy, { allowed, online }: WorkerCores): Idle {
  if (strategy !== "auto") return strategy;
  const cores = new Set(allowed.flat()).size;
  const arePinned = cores < online;
  return cores >= (arePinned ? allowed.length : allowed.length + 1) ? "spin" : "sleep";
}
