/**
 * Who spent the CPU between two instants: the node from /proc/stat, each known process from the schedstat of its threads
 * (exact nanoseconds) with user and system time from its ticks.
 *
 * Read synchronously, within about a millisecond, at the edges of the measured window: a reading that waits for the event
 * loop would enclose more than the window. The sum over threads misses what a thread spent that ended in between; the
 * processes of the lab keep theirs.
 */
import { readFileSync, readdirSync } from "node:fs";
import type { CpuWindow, NodeCpu, ProcessCpu } from "../results/cpu-window.js";

export interface KnownProcess {
  readonly role: ProcessCpu["role"];
  readonly name: string;
  readonly pid: number;
}

/** The files of /proc, passed in so that a test can be the kernel. */
export interface ProcFiles {
  readonly read: (path: string) => string;
  readonly list: (folder: string) => readonly string[];
}

export interface CpuReading {
  /** CLOCK_MONOTONIC. */
  readonly atNs: number;
  readonly cpus: number;
  readonly node: NodeCpu;
  readonly processes: readonly ProcessReading[];
}

interface ProcessReading extends Omit<ProcessCpu, "busiestThreadNs"> {
  /** On the CPU since it began, by thread id; empty where the kernel keeps no schedstat. */
  readonly threadsNs: Readonly<Record<string, number>>;
}

export const procFiles: ProcFiles = { read: (path) => readFileSync(path, "utf8"), list: readdirSync };

/** A process that is gone is left out. */
export function readCpu(known: readonly KnownProcess[], atNs: number, proc: ProcFiles = procFiles): CpuReading {
  const stat = proc.read("/proc/stat");
  return {
    atNs,
    cpus: [...stat.matchAll(/^cpu\d+ /gm)].length,
    node: nodeCpu(stat),
    processes: known.flatMap((process) => {
      try {
        return [processCpu(process, proc)];
      } catch {
        return [];
      }
    }),
  };
}

/** What was spent between two readings, by the processes that are in both. */
export function cpuWindow(before: CpuReading, after: CpuReading): CpuWindow {
  const processes = after.processes.flatMap((later) => {
    const earlier = before.processes.find(({ pid }) => pid === later.pid);
    if (earlier === undefined) return [];
    const { role, name, pid } = later;
    return [
      {
        role,
        name,
        pid,
        cpuNs: later.cpuNs - earlier.cpuNs,
        userNs: later.userNs - earlier.userNs,
        systemNs: later.systemNs - earlier.systemNs,
        ...busiestThread(earlier, later),
      },
    ];
  });
  return {
    durationNs: after.atNs - before.atNs,
    cpus: after.cpus,
    node: nodeDifference(before.node, after.node),
    processes,
  };
}

/** What a thread spent that was made in between counts from its birth. */
function busiestThread(earlier: ProcessReading, later: ProcessReading): Pick<ProcessCpu, "busiestThreadNs"> {
  const spent = Object.entries(later.threadsNs).map(([thread, onCpu]) => onCpu - (earlier.threadsNs[thread] ?? 0));
  return spent.length === 0 ? {} : { busiestThreadNs: Math.max(...spent) };
}

/** Linux reports times to user space in units of 1/100 s on every architecture tollgate runs on (USER_HZ). */
const NS_PER_TICK = 10_000_000;

/** `cpu  user nice system idle iowait irq softirq steal …`, proc(5). */
function nodeCpu(stat: string): NodeCpu {
  const ticks = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? "").split(" ").map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks;
  return {
    userNs: (user + nice) * NS_PER_TICK,
    systemNs: system * NS_PER_TICK,
    softirqNs: softirq * NS_PER_TICK,
    irqNs: irq * NS_PER_TICK,
    stealNs: steal * NS_PER_TICK,
    idleNs: (idle + iowait) * NS_PER_TICK,
    stealTicks: steal,
  };
}

function processCpu(process: KnownProcess, proc: ProcFiles): ProcessReading {
  const folder = `/proc/${process.pid}`;
  // "pid (name) state ppid …": the name may hold spaces and brackets, so count from its end; utime is field 14.
  const stat = proc.read(`${folder}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const userNs = Number(fields[11]) * NS_PER_TICK;
  const systemNs = Number(fields[12]) * NS_PER_TICK;
  const threadsNs = readThreads(folder, proc);
  const onCpu = Object.values(threadsNs).reduce((sum, each) => sum + each, 0);
  return { ...process, cpuNs: onCpu === 0 ? userNs + systemNs : onCpu, userNs, systemNs, threadsNs };
}

/** First field of schedstat: time on the CPU in ns. Empty where the kernel keeps none. */
function readThreads(folder: string, proc: ProcFiles): Record<string, number> {
  const threadsNs: Record<string, number> = {};
  for (const thread of proc.list(`${folder}/task`)) {
    const schedstat = readOrNull(`${folder}/task/${thread}/schedstat`, proc);
    if (schedstat === null) continue; // ended since it was listed
    const onCpu = Number(schedstat.split(" ")[0]);
    if (!Number.isFinite(onCpu)) return {};
    threadsNs[thread] = onCpu;
  }
  return threadsNs;
}

function readOrNull(path: string, proc: ProcFiles): string | null {
  try {
    return proc.read(path);
  } catch {
    return null;
  }
}

function nodeDifference(before: NodeCpu, after: NodeCpu): NodeCpu {
  return {
    userNs: after.userNs - before.userNs,
    systemNs: after.systemNs - before.systemNs,
    softirqNs: after.softirqNs - before.softirqNs,
    irqNs: after.irqNs - before.irqNs,
    stealNs: after.stealNs - before.stealNs,
    idleNs: after.idleNs - before.idleNs,
    stealTicks: after.stealTicks - before.stealTicks,
  };
}
