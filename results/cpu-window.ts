/**
 * Who spent the CPU of one window. Everything is busy nanoseconds between two readings that enclose the window.
 */
export interface CpuWindow {
  readonly durationNs: number;
  readonly cpus: number;
  /** From /proc/stat; its resolution is one tick (10 ms on most kernels) per CPU and kind. */
  readonly node: NodeCpu;
  readonly processes: readonly ProcessCpu[];
}

export interface NodeCpu {
  readonly userNs: number;
  readonly systemNs: number;
  readonly softirqNs: number;
  readonly irqNs: number;
  readonly stealNs: number;
  readonly idleNs: number;
  readonly stealTicks: number;
}

export interface ProcessCpu {
  readonly role: "generator" | "server" | "envoy" | "agent" | "other";
  readonly name: string;
  readonly pid: number;
  /** Sum of all threads; from schedstat (exact ns) where there, else from ticks. */
  readonly cpuNs: number;
  readonly userNs: number;
  readonly systemNs: number;
  /** Of the thread that spent most: one that is at its core limits the whole process. Absent where not known. */
  readonly busiestThreadNs?: number;
}
