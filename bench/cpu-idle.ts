/**
 * Keeps idle CPUs from halting while something is measured: a core that halts between two calls makes the next one pay
 * for its waking, and how much depends on the hypervisor, its neighbours and its mood, not on the road.
 *
 * The kernel's own means for it is PM QoS (Documentation/power/pm_qos_interface): whoever holds /dev/cpu_dma_latency
 * open with a 0 in it lets no CPU sleep deeper than polling; when the file is closed, or its holder dies, all is as
 * before. Polling counts as idle in /proc/stat, so readings of CPU stay what they are.
 *
 * Seen on a 2-core VM (nested KVM, cpuidle driver haltpoll; lean client and server, p50 of service, halting → awake):
 *
 *   1 in flight            41 →  26 µs         Poisson  1,000/s     113 → 47 µs
 *   no-policy in the lab   73 →  45 µs         Poisson  5,000/s      95 → 44 µs
 *   l7 in the lab         296 → 290 µs         Poisson 20,000/s      72 → 47 µs
 */
import { open, readFile } from "node:fs/promises";

/** What CPUs do when they have nothing to do; part of the record. */
export type CpuIdle = "polls" | "halts";

export interface HeldCpus extends AsyncDisposable {
  readonly idle: CpuIdle;
}

const LATENCY_FILE = "/dev/cpu_dma_latency";
const CPUIDLE = "/sys/devices/system/cpu/cpuidle/current_driver";
const SHALLOWEST_STATE = "/sys/devices/system/cpu/cpu0/cpuidle/state0/name";

/** The files of the system, passed in so that a test can be another machine. */
export interface IdleFiles {
  readonly read: (path: string) => Promise<string>;
  /** Opens for writing, writes, and keeps open. */
  readonly hold: (path: string, bytes: Uint8Array) => Promise<AsyncDisposable>;
}

/**
 * Holds every CPU awake until disposed of. Where the kernel cannot (no cpuidle driver, no right to ask), CPUs go on
 * halting and `idle` says so: a fact of the set-up, not a fault.
 */
export async function holdCpusAwake(files: IdleFiles = thisSystem): Promise<HeldCpus> {
  try {
    const [driver, shallowest] = await Promise.all([files.read(CPUIDLE), files.read(SHALLOWEST_STATE)]);
    if (driver.trim() === "none" || shallowest.trim() !== "POLL") return HALTING;
    const held = await files.hold(LATENCY_FILE, new Uint8Array(4)); // a 32-bit 0: microseconds until a CPU must run
    return { idle: "polls", [Symbol.asyncDispose]: () => Promise.resolve(held[Symbol.asyncDispose]()) };
  } catch {
    return HALTING;
  }
}

const HALTING: HeldCpus = { idle: "halts", [Symbol.asyncDispose]: () => Promise.resolve() };

const thisSystem: IdleFiles = {
  read: (path) => readFile(path, "utf8"),
  hold: async (path, bytes) => {
    const file = await open(path, "r+");
    try {
      await file.write(bytes);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  },
};
