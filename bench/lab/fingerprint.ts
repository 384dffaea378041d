/**
 * What must agree before the difference between two lab runs may be blamed on one thing (METHOD §4.8): machine, kernel,
 * programs and settings, as flat text. What cannot be read is `unknown`, never left out: a key that is missing on one
 * side only would look like a difference.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { resourcePath } from "../../proto/package-root.js";
import type { Fingerprint } from "../../results/run-shape.js";
import { L7_KERNEL_PROGRAM } from "./l7-kernel-map.js";
import type { CpuIdle } from "../cpu-idle.js";
import { cpuList, type LabPlacement } from "./placement.js";
import { POLICY } from "./policy-map.js";

export interface FingerprintInput {
  readonly envoys: readonly { readonly name: string | null; readonly version: string; readonly sha256: string }[];
  readonly options: {
    readonly rootless: boolean;
    readonly originalSource: boolean;
    readonly proxyAlpn: boolean;
  };
  readonly placement: LabPlacement;
  /** Whether a road of this lab leads through the experimental program l7-kernel. */
  readonly judgedInKernel: boolean;
  readonly cpuIdle: CpuIdle;
}

/** The files of the system, passed in so that a test can be another machine. */
export interface SystemFiles {
  /** Null when the file is not there or may not be read. */
  readonly read: (path: string) => string | null;
  /** Empty when the folder is not there. */
  readonly list: (folder: string) => readonly string[];
}

export function readFingerprint(input: FingerprintInput, system: SystemFiles = thisSystem): Fingerprint {
  const generator = `/sys/devices/system/cpu/cpu${input.placement.generator[0] ?? 0}`;
  return {
    environment: "lab",
    ...readMachine(input.cpuIdle, system),
    "cpu.governor": firstLine(system, [`${generator}/cpufreq/scaling_governor`]),
    "cpu.siblings": firstLine(system, [`${generator}/topology/thread_siblings_list`]),
    "lab.placement": placementText(input.placement),
    "lab.rootless": String(input.options.rootless),
    "lab.original-source": String(input.options.originalSource),
    "lab.proxy-alpn": String(input.options.proxyAlpn),
    "lab.policy.sha256": sha256Of(POLICY.object),
    ...(input.judgedInKernel ? { "lab.l7-kernel.sha256": sha256Of(L7_KERNEL_PROGRAM.object) } : {}),
    ...envoyKeys(input),
  };
}

function sha256Of(object: string): string {
  return createHash("sha256")
    .update(readFileSync(resourcePath(object)))
    .digest("hex");
}

/** What is true of this machine and these programs wherever a road stands: what calibrations are kept under. */
export function readMachine(cpuIdle: CpuIdle, system: SystemFiles = thisSystem): Fingerprint {
  const cpuinfo = system.read("/proc/cpuinfo") ?? "";
  const clocksource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
  return {
    tollgate: (JSON.parse(readFileSync(resourcePath("package.json"), "utf8")) as { version: string }).version,
    node: process.versions.node,
    kernel: firstLine(system, ["/proc/sys/kernel/osrelease"]),
    cpu: matched(cpuinfo, /^model name\s*:\s*(.*)$/m),
    cpus: String([...cpuinfo.matchAll(/^processor\s*:/gm)].length),
    "cpu.virtual": /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo) ? "yes" : "no",
    "cpu.mitigations": mitigations(system),
    "cpu.idle": cpuIdle,
    "cgroup.cpu": firstLine(system, ["/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"]),
    clocksource: firstLine(system, [clocksource]),
    memory: matched(system.read("/proc/meminfo") ?? "", /^MemTotal:\s*(.*)$/m),
  };
}

const UNKNOWN = "unknown";

function envoyKeys({ envoys }: FingerprintInput): Fingerprint {
  const keys = envoys.flatMap(({ name, version, sha256 }) => {
    const key = name === null ? "envoy" : `envoy@${name}`;
    return [[key, version] as const, [`${key}.sha256`, sha256] as const];
  });
  return Object.fromEntries(keys);
}

function placementText({ generator, server, proxy, rest, envoyConcurrency }: LabPlacement): string {
  const on = Object.entries({ generator, server, proxy, rest }).map(([who, cpus]) => `${who} ${cpuList(cpus)}`);
  return [...on, `envoy workers ${envoyConcurrency}`].join(", ");
}

/** What the kernel does, or fails to do, about the CPU's known leaks: each costs system calls something. */
function mitigations(system: SystemFiles): string {
  const folder = "/sys/devices/system/cpu/vulnerabilities";
  const affected = [...system.list(folder)]
    .sort()
    .map((name) => [name, firstLine(system, [`${folder}/${name}`])] as const)
    .filter(([, state]) => state !== "Not affected")
    .map(([name, state]) => `${name}: ${state.replace(/^Mitigation: /, "")}`);
  return affected.length === 0 ? UNKNOWN : affected.join(" | ");
}

function firstLine(system: SystemFiles, paths: readonly string[]): string {
  for (const path of paths) {
    const text = system.read(path);
    if (text !== null) return text.split("\n")[0]?.trim() ?? UNKNOWN;
  }
  return UNKNOWN;
}

function matched(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1]?.trim() ?? UNKNOWN;
}

export const thisSystem: SystemFiles = {
  read: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return null;
    }
  },
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};
