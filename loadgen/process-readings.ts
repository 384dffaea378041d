/**
 * What the operating system says about this process, for self-observation. Every reading is made to be cheap: it happens
 * beside a measured window, so files are opened before it and read in place.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

/** Readings of one instant; differences of two of them describe what lies between. */
export interface ProcessReading {
  readonly userNs: number;
  readonly systemNs: number;
  /** Exact run time of all threads; null where the kernel has no schedstat. */
  readonly schedNs: number | null;
  readonly loopActiveMs: number;
  readonly loopIdleMs: number;
  /** cgroup nr_throttled; null where there is none. */
  readonly throttled: number | null;
  /** Of the whole machine, /proc/stat: what the hypervisor took, and all there was. */
  readonly stealTicks: number | null;
  readonly allTicks: number | null;
  /** Wall clock minus monotonic clock: moves only when the wall clock is stepped or slewed. */
  readonly wallOffsetNs: number;
}

const TASKS = "/proc/self/task";
const CGROUPS = "/sys/fs/cgroup";

export class ProcessReadings implements Disposable {
  /** Per thread: its open schedstat file. */
  readonly #threads = new Map<string, number>();
  readonly #cpuStat: number | null = openCpuStat();
  readonly #stat: number | null = readOrNull(() => openSync("/proc/stat", "r"));
  readonly #buffer = Buffer.alloc(1024);

  constructor() {
    this.#openNewThreads();
  }

  /** Some 50-100 µs. `newThreads`: also look for threads that were started since; a reading at the end wants that. */
  read(newThreads: boolean): ProcessReading {
    if (newThreads) this.#openNewThreads();
    const cpu = process.cpuUsage();
    const loop = performance.eventLoopUtilization();
    return {
      userNs: cpu.user * 1e3,
      systemNs: cpu.system * 1e3,
      schedNs: this.#schedNs(),
      loopActiveMs: loop.active,
      loopIdleMs: loop.idle,
      throttled: this.#throttled(),
      ...this.#machineTicks(),
      wallOffsetNs: (Date.now() - performance.now()) * 1e6,
    };
  }

  [Symbol.dispose](): void {
    for (const file of this.#threads.values()) closeSync(file);
    this.#threads.clear();
    if (this.#cpuStat !== null) closeSync(this.#cpuStat);
    if (this.#stat !== null) closeSync(this.#stat);
  }

  #openNewThreads(): void {
    for (const thread of readOrNull(() => readdirSync(TASKS)) ?? []) {
      if (this.#threads.has(thread)) continue;
      const file = readOrNull(() => openSync(`${TASKS}/${thread}/schedstat`, "r"));
      if (file !== null) this.#threads.set(thread, file);
    }
  }

  /** The first field of schedstat: time spent on the CPU, ns (Documentation/scheduler/sched-stats). */
  #schedNs(): number | null {
    if (this.#threads.size === 0) return null;
    let sum = 0;
    for (const file of this.#threads.values()) sum += Number.parseInt(this.#text(file), 10) || 0;
    return sum;
  }

  #throttled(): number | null {
    if (this.#cpuStat === null) return null;
    const match = /^nr_throttled (\d+)$/m.exec(this.#text(this.#cpuStat));
    return match === null ? null : Number(match[1]);
  }

  /** First line: user nice system idle iowait irq softirq steal (proc(5)); guest time is in user already. */
  #machineTicks(): Pick<ProcessReading, "stealTicks" | "allTicks"> {
    const line = this.#stat === null ? null : /^cpu +([\d ]+)/.exec(this.#text(this.#stat))?.[1];
    if (line === null || line === undefined) return { stealTicks: null, allTicks: null };
    const ticks = line.split(" ").slice(0, 8).map(Number);
    return { stealTicks: ticks[7] ?? null, allTicks: ticks.reduce((sum, one) => sum + one, 0) };
  }

  /** Empty when the thread is gone. */
  #text(file: number): string {
    const length = readOrNull(() => readSync(file, this.#buffer, 0, this.#buffer.length, 0));
    return this.#buffer.toString("latin1", 0, length ?? 0);
  }
}

/** The CPUs this process may run on; none when the kernel does not say. */
export function allowedCpus(): number[] {
  return numbersIn(/^Cpus_allowed_list:\s*(\S+)$/m.exec(textOf("/proc/self/status"))?.[1] ?? "");
}

/** The CPUs of the machine that are switched on; none when the kernel does not say. */
export function onlineCpus(): number[] {
  return numbersIn(textOf("/sys/devices/system/cpu/online").trim());
}

/** `0,2-3` as the kernel writes lists of CPUs. */
export function numbersIn(list: string): number[] {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, from, to]) =>
    Array.from({ length: Number(to ?? from) - Number(from) + 1 }, (_, i) => Number(from) + i),
  );
}

/** cpu.stat of the cgroup this process is in: version 2, or the cpu controller of version 1. */
function openCpuStat(): number | null {
  for (const line of textOf("/proc/self/cgroup").split("\n")) {
    const [, controllers, path] = line.split(":", 3);
    if (controllers === undefined || path === undefined) continue;
    const isVersion2 = controllers === "";
    if (!isVersion2 && !controllers.split(",").includes("cpu")) continue;
    const file = `${isVersion2 ? CGROUPS : `${CGROUPS}/${controllers}`}${path}/cpu.stat`.replaceAll("//", "/");
    const opened = readOrNull(() => openSync(file, "r"));
    if (opened !== null) return opened;
  }
  return null;
}

function textOf(file: string): string {
  return readOrNull(() => readFileSync(file, "utf8")) ?? "";
}

/** Null where the kernel does not offer it: this project also runs where /proc looks different. */
function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
