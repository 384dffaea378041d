import { describe, expect, test } from "vitest";
import { cpuWindow, readCpu, type CpuReading, type KnownProcess, type ProcFiles } from "./cpu-reader.js";

const SERVER: KnownProcess = { role: "server", name: "payments server", pid: 7 };

/** A kernel with one process of two threads; `ticks` and `ns` are what it has spent. */
function kernel(ticks: { readonly user: number; readonly system: number }, threads: readonly string[]): ProcFiles {
  const files: Record<string, string> = {
    "/proc/stat": `cpu  10${ticks.user} 5 20 400 30 1 2 ${ticks.system} 0 0\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n`,
    "/proc/7/stat": `7 (a (b) c) S 1 7 7 0 -1 4194304 1 2 3 4 ${ticks.user} ${ticks.system} 0 0 20 0 2 0 100`,
    ...Object.fromEntries(threads.map((text, index) => [`/proc/7/task/${7 + index}/schedstat`, text])),
  };
  return {
    read: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return text;
    },
    list: (folder) => {
      if (folder !== "/proc/7/task") throw new Error(`ENOENT: ${folder}`);
      return ["7", "8", "9"];
    },
  };
}

describe("CPU between two readings", () => {
  const before = readCpu([SERVER], 1_000, kernel({ user: 3, system: 1 }, ["1000 5 6\n", "200 0 1\n"]));
  const after = readCpu([SERVER], 401_000, kernel({ user: 5, system: 2 }, ["5000 9 9\n", "700 0 2\n"]));

  test("is exact for a process: the sum over its threads, though its name holds brackets", () => {
    expect(cpuWindow(before, after).processes).toEqual([
      { ...SERVER, cpuNs: 4_500, userNs: 20_000_000, systemNs: 10_000_000, busiestThreadNs: 4_000 },
    ]);
  });

  test("counts a thread that was made in between from its birth", () => {
    const later = readCpu([SERVER], 401_000, kernel({ user: 5, system: 2 }, ["2000 9 9", "300 0 2", "6000 0 1"]));
    expect(cpuWindow(before, later).processes[0]).toMatchObject({ cpuNs: 7_100, busiestThreadNs: 6_000 });
  });

  test("is told by kind for the node, nice with user and iowait with idle", () => {
    const { node, cpus, durationNs } = cpuWindow(before, after);
    expect({ cpus, durationNs }).toEqual({ cpus: 2, durationNs: 400_000 });
    expect(node).toEqual({
      userNs: 20_000_000,
      systemNs: 0,
      softirqNs: 0,
      irqNs: 0,
      stealNs: 10_000_000,
      idleNs: 0,
      stealTicks: 1,
    });
    expect(after.node).toMatchObject({ userNs: 1_100_000_000, idleNs: 4_300_000_000, softirqNs: 20_000_000 });
  });
});

const NOTHING_YET: CpuReading = {
  atNs: 0,
  cpus: 2,
  node: { userNs: 0, systemNs: 0, softirqNs: 0, irqNs: 0, stealNs: 0, idleNs: 0, stealTicks: 0 },
  processes: [{ ...SERVER, cpuNs: 0, userNs: 0, systemNs: 0, threadsNs: {} }],
};

test("without schedstat a process is read by its ticks", () => {
  const reading = readCpu([SERVER], 0, kernel({ user: 5, system: 2 }, []));
  expect(cpuWindow({ ...NOTHING_YET, node: reading.node }, reading).processes).toEqual([
    { ...SERVER, cpuNs: 70_000_000, userNs: 50_000_000, systemNs: 20_000_000 },
  ]);
});

test("a process that ended is left out", () => {
  const gone: KnownProcess = { role: "envoy", name: "Envoy 1.37.0", pid: 8 };
  const reading = readCpu([SERVER, gone], 0, kernel({ user: 5, system: 2 }, ["1 1 1"]));
  expect(reading.processes.map(({ pid }) => pid)).toEqual([7]);
  expect(cpuWindow({ ...reading, processes: [] }, reading).processes).toEqual([]);
});
