/**
 * How full the CPUs were at one point of a search: the generator's own, those left for the road, and the one thread of
 * Envoy or of the server that was busiest.
 *
 * Easy to get wrong: a generator that spins while it waits keeps its core busy in the node's counters without being at
 * its limit; and one worker of Envoy at its core limits a road while other cores idle, since an HTTP/2 connection belongs
 * to one worker.
 */
import type { CpuWindow, ProcessCpu } from "../cpu-window.js";
import { cpuOf, nodeBusyNs } from "../trial-metrics.js";

export interface PointCpu {
  /** Busy ns per second of the node, without the generator: the y of the road's CPU line. */
  readonly roadNsPerSecond: number;
  /** Null where the road's node runs none. */
  readonly envoyNsPerSecond: number | null;
  readonly serverNsPerSecond: number | null;
  /** CPUs that the generator leaves to the road. */
  readonly roadCores: number;
  /** Of these, busy or stolen, 0 to about 1. */
  readonly roadShare: number;
  /** Of its one core, the busiest thread; null where not known. */
  readonly envoyThreadShare: number | null;
  readonly serverThreadShare: number | null;
  /** Of the road's cores: busy for no process that we know, kernel work included. */
  readonly unknownShare: number;
}

export function pointCpu(cpu: CpuWindow): PointCpu {
  const { durationNs, node, processes } = cpu;
  // Workers are pinned, one CPU each (bench/lab/placement.ts); on another node than the road's there is none here.
  const workers = processes.filter(({ role }) => role === "generator").length;
  const roadCores = Math.max(1, cpu.cpus - workers);
  const roadNs = Math.max(0, nodeBusyNs(node) - cpuOf(cpu, "generator"));
  const knownNs = (["server", "envoy", "agent", "other"] as const).reduce((sum, role) => sum + cpuOf(cpu, role), 0);
  const perSecond = (spentNs: number): number => (spentNs / durationNs) * 1e9;
  return {
    roadNsPerSecond: perSecond(roadNs),
    envoyNsPerSecond: has(processes, "envoy") ? perSecond(cpuOf(cpu, "envoy")) : null,
    serverNsPerSecond: has(processes, "server") ? perSecond(cpuOf(cpu, "server")) : null,
    roadCores,
    roadShare: (roadNs + node.stealNs) / (durationNs * roadCores),
    envoyThreadShare: busiestShare(cpu, "envoy"),
    serverThreadShare: busiestShare(cpu, "server"),
    unknownShare: Math.max(0, roadNs - knownNs) / (durationNs * roadCores),
  };
}

function has(processes: readonly ProcessCpu[], role: ProcessCpu["role"]): boolean {
  return processes.some((process) => process.role === role);
}

/** A record without threads: the process as a whole, which is the same for one that has a single busy thread. */
function busiestShare({ processes, durationNs }: CpuWindow, role: ProcessCpu["role"]): number | null {
  const own = processes.filter((process) => process.role === role);
  if (own.length === 0) return null;
  return Math.max(...own.map(({ busiestThreadNs, cpuNs }) => busiestThreadNs ?? cpuNs)) / durationNs;
}
