/**
 * What the lab needs of the kernel. Its build configuration says whether that is there; where no configuration is kept,
 * the thing itself is tried, in namespaces of its own that leave nothing behind.
 */
import { resourcePath } from "../../proto/package-root.js";
import { ANATOMY } from "../lab/anatomy-maps.js";
import { L7_KERNEL_PROGRAM } from "../lab/l7-kernel-map.js";
import { isAtLeast, OLDEST_L7_KERNEL, verifierVerdict } from "../lab/l7-kernel-program.js";
import { POLICY } from "../lab/policy-map.js";
import { missingTracepoint } from "../lab/stamp-level.js";
import { fail, ok, warn, type Finding } from "./finding.js";
import type { DoctorHost } from "./host.js";
import type { LabCheck, LabWish } from "./lab-check.js";

interface KernelFeature {
  readonly option: string;
  readonly purpose: string;
  /** Only with root: eBPF cannot be loaded in a user namespace. */
  readonly needsRoot: boolean;
  /** A shell script that succeeds where the feature is there. */
  readonly trial: string;
}

const TRY_TPROXY = `nft -f - <<'END'
table ip tollgate {
  chain doctor {
    type filter hook prerouting priority mangle;
    socket transparent 1 accept
    meta l4proto tcp tproxy to 127.0.0.1:10001 accept
  }
}
END`;

const TRY_TC = "ip link add dev tg0 type veth peer name tg1 && tc qdisc add dev tg0 clsact";

/** `$1` is the built policy program; bpffs is private to the mount namespace of the trial. */
const TRY_BPF = `mount -t bpf bpf /sys/fs/bpf && bpftool prog load "$1" /sys/fs/bpf/tollgate type classifier && ${TRY_TC} &&
tc filter add dev tg0 ingress bpf direct-action object-pinned /sys/fs/bpf/tollgate`;

/** `$1` is the built object of an anatomy: eight filters, at level full tracepoints and the switch of --wake-ups too. */
const TRY_STAMPS = 'mount -t bpf bpf /sys/fs/bpf && bpftool prog loadall "$1" /sys/fs/bpf/tollgate';

export const KERNEL_FEATURES: readonly KernelFeature[] = [
  {
    option: "VETH",
    purpose: "the links of every road",
    needsRoot: false,
    trial: "ip link add dev tg0 type veth peer name tg1",
  },
  { option: "NFT_TPROXY", purpose: "the redirect to Envoy", needsRoot: false, trial: TRY_TPROXY },
  { option: "NFT_SOCKET", purpose: "the redirect to Envoy", needsRoot: false, trial: TRY_TPROXY },
  { option: "NET_SCH_INGRESS", purpose: "the policy program's place", needsRoot: true, trial: TRY_TC },
  { option: "NET_CLS_BPF", purpose: "the policy program's place", needsRoot: true, trial: TRY_BPF },
  { option: "BPF_SYSCALL", purpose: "the policy program", needsRoot: true, trial: TRY_BPF },
];

/** BPF_ENABLE_STATS, LRU maps, bpffs pinning and nft tproxy are all older. */
const OLDEST_KERNEL = [5, 10] as const;

export const checkKernelVersion: LabCheck = async (host) => {
  const release = (await host.read("/proc/sys/kernel/osrelease"))?.trim() ?? "unknown";
  if (isAtLeast(release, OLDEST_KERNEL)) return [ok("kernel", `Linux ${release}`)];
  return [
    fail(
      "kernel",
      `Linux ${release} is older than ${OLDEST_KERNEL.join(".")}`,
      "apt-get install linux-image-amd64, then reboot",
    ),
  ];
};

export const checkKernelFeatures: LabCheck = async (host, wish) => {
  const config = await host.kernelConfig();
  const wanted = KERNEL_FEATURES.filter((feature) => !(wish.rootless && feature.needsRoot));
  const findings: Finding[] = [];
  for (const feature of wanted) findings.push(await checkFeature(feature, config, host, wish));
  return findings;
};

async function checkFeature(
  feature: KernelFeature,
  config: string | null,
  host: DoctorHost,
  wish: LabWish,
): Promise<Finding> {
  const name = `CONFIG_${feature.option}`;
  if (config !== null) {
    const set = new RegExp(`^${name}=([ym])$`, "m").exec(config)?.[1];
    return set === undefined ? lacking(feature, "is not set") : ok(name, set === "y" ? "built in" : "a module");
  }
  if (host.uid !== 0 && !wish.rootless) {
    return warn(name, `cannot be told without root (${feature.purpose})`, "sudo tollgate doctor --env lab");
  }
  const { exitCode, stderr } = await tried(feature.trial, host, wish);
  return exitCode === 0 ? ok(name, "works (tried)") : lacking(feature, `does not work: ${firstLine(stderr)}`);
}

function lacking({ option, purpose }: KernelFeature, how: string): Finding {
  const mend = "apt-get install linux-image-amd64, then reboot (in a container: on the host)";
  return fail(`CONFIG_${option}`, `${how}: the lab needs it for ${purpose}`, mend);
}

function tried(script: string, host: DoctorHost, wish: LabWish, object = POLICY.object): ReturnType<DoctorHost["run"]> {
  const user = wish.rootless ? ["--user", "--map-root-user"] : [];
  const shell = ["sh", "-e", "-c", script, "sh", resourcePath(object)];
  return host.run("unshare", [...user, "--net", "--mount", "--", ...shell], { env: host.env, timeoutMs: 10_000 });
}

/** Whether the kernel lets this process load a program, whatever its configuration says: seccomp and lockdown may not. */
export const checkPolicyProgram: LabCheck = async (host, wish) => {
  const check = "eBPF policy";
  if (wish.rootless) {
    return [
      warn(
        check,
        "cannot be loaded in a user namespace: no l4 road, no l7-kernel, no anatomy",
        "run as root, without --rootless",
      ),
    ];
  }
  if (host.uid !== 0) {
    return [
      warn(check, "cannot be tried without root, nor can l7-kernel and anatomy", "sudo tollgate doctor --env lab"),
    ];
  }
  const { exitCode, stderr } = await tried(TRY_BPF, host, wish);
  if (exitCode === 0) return [ok(check, "the policy program loads")];
  return [
    warn(
      check,
      `the policy program does not load: ${firstLine(stderr)}; the l4 road is not measured`,
      "in a container: docker run --cap-add BPF --cap-add SYS_ADMIN --security-opt seccomp=unconfined",
    ),
  ];
};

/** The experimental road l7-kernel needs more of the kernel than the rest; without it, nothing else is missing. */
export const checkL7Kernel: LabCheck = async (host, wish) => {
  const check = "road l7-kernel";
  if (wish.rootless || host.uid !== 0) return [];
  const without = "the experimental road l7-kernel is not measured";
  const release = (await host.read("/proc/sys/kernel/osrelease"))?.trim() ?? "unknown";
  if (!isAtLeast(release, OLDEST_L7_KERNEL)) {
    const text = `Linux ${release} is older than ${OLDEST_L7_KERNEL.join(".")}, which brought bpf_loop: ${without}`;
    return [warn(check, text, "a newer kernel; every other road needs none")];
  }
  const { exitCode, stderr } = await tried(TRY_BPF, host, wish, L7_KERNEL_PROGRAM.object);
  if (exitCode === 0) return [ok(check, "its program loads (experimental, off unless asked for)")];
  return [
    warn(
      check,
      `its program does not load: ${verifierVerdict(stderr) ?? firstLine(stderr)}; ${without}`,
      "report that with your kernel's version",
    ),
  ];
};

/** Both levels of an anatomy, loaded for a moment. Without level full an anatomy takes level tc, so nothing fails here. */
export const checkAnatomy: LabCheck = async (host, wish) => {
  if (wish.rootless || host.uid !== 0) return [];
  const tc = await tried(TRY_STAMPS, host, wish, ANATOMY.tc.object);
  const check = "anatomy";
  if (tc.exitCode !== 0) {
    const text = `its programs do not load: ${whyNot(tc.stderr)}; tollgate anatomy cannot be had here`;
    return [warn(check, text, "run as root, outside of a container; every other verb goes on")];
  }
  const full = await tried(TRY_STAMPS, host, wish, ANATOMY.full.object);
  const levelTc = ok(check, "level tc: its programs load (any kernel of the lab)");
  const checkFull = "anatomy, full";
  if (full.exitCode === 0) {
    return [levelTc, ok(checkFull, "--level full and --wake-ups: the programs load (experimental)")];
  }
  const text = `level full cannot be had here, level tc is taken instead: ${whyNot(full.stderr)}; --wake-ups goes with it`;
  return [levelTc, warn(checkFull, text, FULL_MEND)];
};

const FULL_MEND =
  "Linux 6.16 or newer with CONFIG_DEBUG_INFO_BTF (--wake-ups alone would run on any, but is a switch of level full)";

function whyNot(printed: string): string {
  return missingTracepoint(printed) ?? verifierVerdict(printed) ?? firstLine(printed);
}

/** Programs say what is the matter first, and what might help after it. */
function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
