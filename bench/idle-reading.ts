/**
 * What machines do while nobody calls: the floor under every reading of CPU time, in the lab and in a cluster.
 */
import { setTimeout } from "node:timers/promises";
import type { CpuWindow } from "../results/cpu-window.js";
import { nodeBusyNs } from "../results/trial-metrics.js";

/** A tick of /proc/stat is 10 ms: this long an idle reading is good to two per cent of a core. */
const IDLE_READING_MS = 500;
const IDLE_READINGS = 3;

/**
 * The quietest of a few readings: what somebody else does meanwhile is no floor under our calls.
 * @returns CPU time in nanoseconds per second, all cores together
 */
export async function readIdleBusyNsPerSecond<R>(
  read: () => R | Promise<R>,
  windowBetween: (before: R, after: R) => Pick<CpuWindow, "durationNs" | "node">,
): Promise<number> {
  const readings: number[] = [];
  for (let reading = 0; reading < IDLE_READINGS; reading++) {
    const before = await read();
    await setTimeout(IDLE_READING_MS);
    const { durationNs, node } = windowBetween(before, await read());
    readings.push((nodeBusyNs(node) / durationNs) * 1e9);
  }
  return Math.min(...readings);
}
