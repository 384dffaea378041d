/**
 * Who spent the CPU of a window in the cluster, as far as our own pods can tell: the node, or the two nodes, that a call
 * passes, the server, and the generators by their own account. The server is asked when the window opens and closes; the
 * driver, on the callers' node, reads at the same instants.
 */
import { now } from "../../loadgen/clock.js";
import type { GeneratorHealth } from "../../loadgen/measurement.js";
import type { CpuWindow, NodeCpu, ProcessCpu } from "../../results/cpu-window.js";
import { cpuWindow, readCpu, type CpuReading } from "../cpu-reader.js";
import type { ServerReading } from "./pod-protocol.js";

/** The node of the servers, and that of the callers where it is another. */
export interface NodeReadings {
  readonly server: CpuReading;
  readonly caller: CpuReading | null;
}

export interface CpuEdges {
  opened: Promise<NodeReadings | null> | null;
  closed: Promise<NodeReadings | null> | null;
}

/** Null when the server is gone: that voids the trial anyway. */
export async function readNodes(
  askServer: () => Promise<ServerReading>,
  isCrossNode: boolean,
): Promise<NodeReadings | null> {
  const caller = isCrossNode ? readCpu([], now()) : null;
  const server = await askServer().catch(() => null);
  return server === null ? null : { server: server.cpu, caller };
}

/** Null when the window never opened or closed, or the server was gone. */
export async function driverCpuWindow(edges: CpuEdges, health: GeneratorHealth): Promise<CpuWindow | null> {
  const [opened, closed] = await Promise.all([edges.opened, edges.closed]);
  if (opened === null || closed === null) return null;
  const window = nodesWindow(opened, closed);
  return { ...window, processes: [generatorCpu(health), ...window.processes] };
}

/** What both nodes spent together; they are read within a millisecond of each other, the server's instants count. */
export function nodesWindow(opened: NodeReadings, closed: NodeReadings): CpuWindow {
  const server = cpuWindow(opened.server, closed.server);
  if (opened.caller === null || closed.caller === null) return server;
  const caller = cpuWindow(opened.caller, closed.caller);
  const sum = (kind: keyof NodeCpu): number => server.node[kind] + caller.node[kind];
  const node: NodeCpu = {
    userNs: sum("userNs"),
    systemNs: sum("systemNs"),
    softirqNs: sum("softirqNs"),
    irqNs: sum("irqNs"),
    stealNs: sum("stealNs"),
    idleNs: sum("idleNs"),
    stealTicks: sum("stealTicks"),
  };
  return { ...server, cpus: server.cpus + caller.cpus, node };
}

function generatorCpu(health: GeneratorHealth): ProcessCpu {
  const { cpuUserNs: userNs, cpuSystemNs: systemNs } = health;
  const name = health.workers === 1 ? "generator" : `${health.workers} generators`;
  // They run in pods of their own: a process id there means nothing here.
  return { role: "generator", name, pid: 0, cpuNs: health.cpuSchedNs ?? userNs + systemNs, userNs, systemNs };
}
