/**
 * What a kernel was built without, told from what `ip`, `nft`, `tc`, `mount`, `bpftool` and `unshare` say of it: they
 * tell of a missing file or an unsupported operation, where a person needs to know which option of the kernel it takes.
 * Anything that may have another cause (no permission, a typing error of ours) is left in the program's own words.
 */
import type { FaultText } from "../../loadgen/fault.js";

/** A program that failed. */
export interface FailedProgram {
  readonly program: string;
  /** What it was given on stdin. */
  readonly input: string;
  readonly stderr: string;
}

/** The fault without what was seen; null where it is not the kernel that lacks something. */
export function kernelLack({ program, input, stderr }: FailedProgram): Omit<FaultText, "seen"> | null {
  const asked = failedLine(input, stderr);
  const lack = LACKS.find(
    (known) => known.program === program && known.said.test(stderr) && (known.asked?.test(asked) ?? true),
  );
  if (lack === undefined) return null;
  const { what, option, module, purpose } = lack;
  const other = "another kernel: apt-get install linux-image-amd64, then reboot (in a container: on the host)";
  return {
    fact: `this kernel has no ${what}`,
    expected: `${option}${module === null ? ", built in" : `, built in or as module ${module}`}, for ${purpose}`,
    try: `${module === null ? other : `modprobe ${module}; where that module is not there, ${other}`}; tollgate doctor --env lab`,
  };
}

interface Lack {
  readonly program: string;
  readonly said: RegExp;
  /** The line of a batch that must have failed, where the words alone do not tell. */
  readonly asked?: RegExp;
  readonly what: string;
  readonly option: string;
  /** Null for what cannot be a module. */
  readonly module: string | null;
  readonly purpose: string;
}

const REDIRECT = "the redirect to Envoy";
const PLACE = "the place of eBPF programs on a link";
const VETH = { what: "veth", option: "CONFIG_VETH", module: "veth", purpose: "the links of every road" };
const BPF = { what: "BPF", option: "CONFIG_BPF_SYSCALL", module: null, purpose: "the programs that judge calls" };

/** nft shows the rule that the kernel did not take under its error. */
function unknownRule(word: string): RegExp {
  return new RegExp(`Could not process rule: (No such file or directory|Operation not supported)\n.*\\b${word}\\b`);
}

const LACKS: readonly Lack[] = [
  {
    program: "unshare",
    said: /unshare failed: Invalid argument/,
    what: "network namespaces (or process namespaces)",
    option: "CONFIG_NET_NS and CONFIG_PID_NS",
    module: null,
    purpose: "everything that the lab is made of",
  },
  { program: "ip", said: /Unknown device type/, ...VETH },
  { program: "ip", said: /RTNETLINK answers: Operation not supported/, asked: /\btype veth\b/, ...VETH },
  {
    program: "nft",
    said: unknownRule("tproxy"),
    what: "TPROXY",
    option: "CONFIG_NFT_TPROXY",
    module: "nft_tproxy",
    purpose: REDIRECT,
  },
  {
    program: "nft",
    said: unknownRule("socket"),
    what: "nft socket matching",
    option: "CONFIG_NFT_SOCKET",
    module: "nft_socket",
    purpose: REDIRECT,
  },
  {
    program: "nft",
    said: /Unable to initialize Netlink socket: Protocol not supported/,
    what: "nftables",
    option: "CONFIG_NF_TABLES",
    module: "nf_tables",
    purpose: REDIRECT,
  },
  { program: "mount", said: /unknown filesystem type 'bpf'|special device bpf does not exist/, ...BPF },
  { program: "bpftool", said: /Function not implemented/, ...BPF },
  {
    program: "tc",
    said: /Specified qdisc (kind is unknown|not found)/,
    what: "clsact",
    option: "CONFIG_NET_SCH_INGRESS",
    module: "sch_ingress",
    purpose: PLACE,
  },
  {
    program: "tc",
    said: /TC classifier not found/,
    what: "BPF classifier",
    option: "CONFIG_NET_CLS_BPF",
    module: "cls_bpf",
    purpose: PLACE,
  },
];

/** `ip -batch` and `tc -batch` end with the number of the line at which they stopped. */
function failedLine(input: string, stderr: string): string {
  const line = /^Command failed -:(\d+)$/m.exec(stderr)?.[1];
  return line === undefined ? input : (input.split("\n")[Number(line) - 1] ?? "");
}
