import { describe, expect, test } from "vitest";
import type { CpuWindow } from "../../results/cpu-window.js";
import { parseProcesses, withCilium, type SpentCpu } from "./cilium-processes.js";

/** As grep printed it in the testbed's pods of Cilium 1.18.4, shortened to a few threads. */
const ENVOY_POD = `/proc/1/stat:1 (cilium-envoy-st) S 0 1 1 0 -1 4194560 9531 0 10 0 187 40 0 0 20 0 9 0 1995683 1311170560
/proc/11/stat:11 (cilium-envoy) S 1 1 1 0 -1 4194560 6943 0 21 0 289 122 0 0 20 0 11 0 1995747 3409264640
/proc/27/stat:27 (sh) S 0 27 27 0 -1 4194560 587 73 0 0 0 0 0 0 20 0 1 0 2062932 2654208
/proc/1/task/1/schedstat:582526413 19932860687 4053
/proc/1/task/12/schedstat:113091 25859 1
/proc/11/task/11/schedstat:4100000000 25859 1
/proc/27/task/27/schedstat:94757 5501 1`;
const AGENT_POD = `/proc/1/stat:1 (cilium-agent) S 0 1 1 0 -1 4194560 28560 76266 0 19 515 786 622 55 20 0 16 0 2029592 1495445504`;

describe("CPU of Cilium's processes", () => {
  test("is that of its own programs, by their threads", () => {
    expect(parseProcesses(ENVOY_POD, "n1")).toEqual([
      {
        ...{ key: "n1/cilium-envoy-st/1", role: "other", name: "cilium-envoy-st on n1", pid: 1 },
        ...{ cpuNs: 582_639_504, userNs: 1_870_000_000, systemNs: 400_000_000 },
      },
      {
        ...{ key: "n1/cilium-envoy/11", role: "envoy", name: "cilium-envoy on n1", pid: 11 },
        ...{ cpuNs: 4_100_000_000, userNs: 2_890_000_000, systemNs: 1_220_000_000 },
      },
    ]);
  });

  test("is told in ticks where the kernel keeps no more", () => {
    expect(parseProcesses(AGENT_POD, "n1")).toMatchObject([{ role: "agent", cpuNs: 13_010_000_000 }]);
  });

  test("is nothing where the pod tells nothing", () => {
    expect(parseProcesses("sh: grep: not found", "n1")).toEqual([]);
  });
});

describe("a window", () => {
  const spent = (cpuNs: number, key = "n1/cilium-envoy/11"): SpentCpu => ({
    ...{ key, role: "envoy", name: "cilium-envoy on n1", pid: 11, cpuNs, userNs: cpuNs, systemNs: 0 },
  });
  const none = { userNs: 0, systemNs: 0, softirqNs: 0, irqNs: 0, stealNs: 0, idleNs: 0, stealTicks: 0 };
  const window: CpuWindow = { durationNs: 1e9, cpus: 2, node: none, processes: [] };
  /** 300 of 400 calls ended in the window, the others in the warm-up. */
  const books = { ok: 290, failed: { PERMISSION_DENIED: 10 }, totalEnded: 400 } as unknown as Parameters<
    typeof withCilium
  >[3]["books"];

  test("has its share of what was spent around the trial, by its calls", () => {
    const { processes } = withCilium(window, [spent(1000)], [spent(5000)], { books }) ?? { processes: [] };
    expect(processes).toEqual([
      { role: "envoy", name: "cilium-envoy on n1", pid: 11, cpuNs: 3000, userNs: 3000, systemNs: 0 },
    ]);
  });

  test("knows nothing of a process that was started anew, or could not be read", () => {
    expect(withCilium(window, [spent(1000)], [spent(10, "n1/cilium-envoy/12")], { books })?.processes).toEqual([]);
    expect(withCilium(window, null, [spent(10)], { books })).toBe(window);
    expect(withCilium(null, [spent(1)], [spent(2)], { books })).toBeNull();
  });
});
