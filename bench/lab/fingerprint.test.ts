import { describe, expect, test } from "vitest";
import { readFingerprint, type FingerprintInput, type SystemFiles } from "./fingerprint.js";
import { placeOn } from "./placement.js";

const INPUT: FingerprintInput = {
  envoys: [{ name: null, version: "1.37.0", sha256: "aa" }],
  options: { rootless: false, originalSource: false, proxyAlpn: false },
  placement: placeOn([0, 1]),
  judgedInKernel: false,
  cpuIdle: "polls",
};

function system(files: Readonly<Record<string, string>>): SystemFiles {
  return {
    read: (path) => files[path] ?? null,
    list: (folder) =>
      Object.keys(files).flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [])),
  };
}

const MACHINE = {
  "/proc/sys/kernel/osrelease": "6.1.0-28-amd64\n",
  "/proc/cpuinfo":
    "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu hypervisor\nprocessor\t: 1\nmodel name\t: AMD EPYC\n",
  "/proc/meminfo": "MemTotal:       16384000 kB\nMemFree: 1 kB\n",
  "/sys/fs/cgroup/cpu.max": "max 100000\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
  "/sys/devices/system/cpu/vulnerabilities/spectre_v2": "Mitigation: Retpolines\n",
  "/sys/devices/system/cpu/vulnerabilities/meltdown": "Not affected\n",
  "/sys/devices/system/cpu/vulnerabilities/mds": "Vulnerable\n",
};

describe("the fingerprint", () => {
  test("names machine, kernel, programs and settings", () => {
    expect(readFingerprint(INPUT, system(MACHINE))).toMatchObject({
      environment: "lab",
      kernel: "6.1.0-28-amd64",
      cpu: "AMD EPYC",
      cpus: "2",
      "cpu.virtual": "yes",
      "cpu.idle": "polls",
      "cpu.governor": "performance",
      "cpu.mitigations": "mds: Vulnerable | spectre_v2: Retpolines",
      "cgroup.cpu": "max 100000",
      memory: "16384000 kB",
      envoy: "1.37.0",
      "envoy.sha256": "aa",
      "lab.placement": "generator 0, server 1, proxy 1, rest 1, envoy workers 1",
    });
  });

  test("says unknown for what cannot be read, with the same keys", () => {
    const blind = readFingerprint(INPUT, system({}));
    expect(Object.keys(blind)).toEqual(Object.keys(readFingerprint(INPUT, system(MACHINE))));
    expect(blind).toMatchObject({ kernel: "unknown", cpu: "unknown", "cgroup.cpu": "unknown", clocksource: "unknown" });
  });

  test("names each Envoy with its binary, where there are two", () => {
    const envoys = [...INPUT.envoys, { name: "1.36.4", version: "1.36.4", sha256: "bb" }];
    expect(readFingerprint({ ...INPUT, envoys }, system(MACHINE))).toMatchObject({
      envoy: "1.37.0",
      "envoy@1.36.4": "1.36.4",
      "envoy@1.36.4.sha256": "bb",
    });
  });

  test("differs when an option of the lab does", () => {
    const plain = readFingerprint(INPUT, system(MACHINE));
    const other = readFingerprint({ ...INPUT, options: { ...INPUT.options, proxyAlpn: true } }, system(MACHINE));
    const differing = Object.keys(plain).filter((key) => plain[key] !== other[key]);
    expect(differing).toEqual(["lab.proxy-alpn"]);
  });
});
