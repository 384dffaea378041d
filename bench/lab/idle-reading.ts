/**
 * What the machine does while nobody calls: the floor under every reading of CPU time.
 */
import { setTimeout } from "node:timers/promises";
import { now } from "../../loadgen/clock.js";
import { nodeBusyNs } from "../../results/trial-metrics.js";
import { cpuWindow, readCpu } from "../cpu-reader.js";

/** A tick of /proc/stat is 10 ms: this long an idle reading is good to two per cent of a core. */
const IDLE_READING_MS = 500;
const IDLE_READINGS = 3;

/**
 * The quietest of a few readings: what somebody else does meanwhile is no floor under our calls.
 * @returns CPU time in nanoseconds per second, all cores together
 */
export async function readIdleBusyNsPerSecond(): Promise<number> {
  const readings: number[] = [];
  for (let reading = 0; reading < IDLE_READINGS; reading++) {
    const before = readCpu([], now());
    await setTimeout(IDLE_READING_MS);
    const { durationNs, node } = cpuWindow(before, readCpu([], now()));
    readings.push((nodeBusyNs(node) / durationNs) * 1e9);
  }
  return Math.min(...readings);
}
