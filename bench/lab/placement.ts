/**
 * Which process runs on which CPUs: part of the design and of the record (METHOD §2.11). The generator never shares a
 * CPU with what it measures, unless there is only one.
 */
import type { Placement } from "../../results/run-shape.js";

export interface LabPlacement {
  /** CPUs of the generator, one worker process each. */
  readonly generator: readonly number[];
  readonly server: readonly number[];
  readonly proxy: readonly number[];
  /** The supervisor, and everything that is idle during a window. */
  readonly rest: readonly number[];
  /** Worker threads of each Envoy: as many as it has CPUs. */
  readonly envoyConcurrency: number;
}

/**
 * Up to three CPUs: the generator alone on the first, everything else on the others. More: a quarter for the generator,
 * a quarter for the server, the rest for Envoy.
 */
export function placeOn(cpus: readonly number[]): LabPlacement {
  if (cpus.length <= 3) {
    const generator = cpus.slice(0, 1);
    const others = cpus.length === 1 ? cpus : cpus.slice(1);
    return { generator, server: others, proxy: others, rest: others, envoyConcurrency: 1 };
  }
  const quarter = Math.floor(cpus.length / 4);
  const generator = cpus.slice(0, quarter);
  const server = cpus.slice(quarter, 2 * quarter);
  const proxy = cpus.slice(2 * quarter);
  return { generator, server, proxy, rest: server, envoyConcurrency: proxy.length };
}

/** The form in which the record keeps it. */
export function recordedPlacement(placement: LabPlacement): Placement {
  const { generator, server, proxy, rest } = placement;
  return {
    cpus: new Set([...generator, ...server, ...proxy, ...rest]).size,
    generator: `CPU ${cpuList(generator)}`,
    server: `CPU ${cpuList(server)}`,
    proxy: `CPU ${cpuList(proxy)}`,
    envoyConcurrency: placement.envoyConcurrency,
  };
}

/** CPUs as taskset and /proc write them: `0-2,5`. */
export function cpuList(cpus: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open !== undefined && open[1] === cpu - 1) open[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

/** Reads `0-2,5`. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .flatMap((range) => {
      const [first = NaN, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
    });
}

/** The CPUs this process may use, from /proc/self/status: a container may own fewer than the machine has. */
export function allowedCpus(procSelfStatus: string): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(procSelfStatus)?.[1];
  return list === undefined ? [0] : parseCpuList(list);
}
