/**
 * Who spent the CPU of a window in the cluster, as far as our own pods can tell: the server's node, the server, and the
 * generators by their own account. The server is asked when the window opens and closes; the answer holds the instants
 * at which it was read.
 */
import type { GeneratorHealth } from "../../loadgen/measurement.js";
import type { CpuWindow, ProcessCpu } from "../../results/cpu-window.js";
import { cpuWindow } from "../cpu-reader.js";
import type { ServerReading } from "./pod-protocol.js";

export interface CpuEdges {
  opened: Promise<ServerReading | null> | null;
  closed: Promise<ServerReading | null> | null;
}

/** Null when the window never opened or closed, or the server was gone. */
export async function driverCpuWindow(edges: CpuEdges, health: GeneratorHealth): Promise<CpuWindow | null> {
  const [opened, closed] = await Promise.all([edges.opened, edges.closed]);
  if (opened === null || closed === null) return null;
  const window = cpuWindow(opened.cpu, closed.cpu);
  return { ...window, processes: [generatorCpu(health), ...window.processes] };
}

function generatorCpu(health: GeneratorHealth): ProcessCpu {
  const { cpuUserNs: userNs, cpuSystemNs: systemNs } = health;
  const name = health.workers === 1 ? "generator" : `${health.workers} generators`;
  // They run in pods of their own: a process id there means nothing here.
  return { role: "generator", name, pid: 0, cpuNs: health.cpuSchedNs ?? userNs + systemNs, userNs, systemNs };
}
