/**
 * For the lab's own tests: roads and loads that take a fraction of a second, a look at the processes of a lab from
 * outside, and at everything on the host that a lab could leave behind.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { ms } from "../../loadgen/units.js";
import { HEADLINE_MIX } from "../../scenarios/standard-mix.js";
import { LAB_DEFAULTS, type LabOptions } from "./lab-environment.js";
import { POLICY } from "./policy-map.js";

let labs = 0;

/** A name of its own for each lab, so that tests never wait for somebody else's. */
export function labOptions(options: Partial<LabOptions> = {}): LabOptions {
  return { ...LAB_DEFAULTS, labId: `t${process.pid}-${labs++}`, env: process.env, say: () => undefined, ...options };
}

/** One call in flight; long enough for some hundred calls. */
export const SHORT_PLAN: LoadPlan = {
  loop: { kind: "closed", inFlight: 1, connectionPerCall: false },
  warmupNs: ms(30),
  windowNs: ms(100),
  drainNs: ms(2000),
  totalCalls: null,
  mix: HEADLINE_MIX,
  seed: 7,
  connections: 1,
  streams: 100,
  timeoutNs: ms(2000),
  idle: "sleep",
  intervalNs: ms(50),
};

export interface SeenProcess {
  readonly pid: number;
  readonly command: string;
}

/** Every living process below `root`, from /proc. */
export function descendants(root: number): SeenProcess[] {
  const parents = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const parent = parentOf(entry);
    if (parent !== null) parents.set(parent, [...(parents.get(parent) ?? []), Number(entry)]);
  }
  const below = (pid: number): number[] => (parents.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root).map((pid) => ({ pid, command: commandOf(pid) }));
}

/** The one process below `root` whose command line matches; its own children may match for as long as a fork takes. */
export function descendant(root: number, command: RegExp): SeenProcess {
  const [first, ...others] = descendants(root).filter((process) => command.test(process.command));
  if (first === undefined) throw new Error(`no process matches ${command}`);
  const below = new Set(descendants(first.pid).map(({ pid }) => pid));
  const strangers = others.filter(({ pid, command: line }) => !below.has(pid) && line !== "");
  if (strangers.length > 0) throw new Error(`${strangers.length + 1} processes match ${command}`);
  return first;
}

/** Command lines by which a lab's processes are known from outside. */
export const COMMANDS = {
  unshare: /^unshare /,
  supervisor: /^\S*node .*supervisor-main\.js/,
  envoy: /envoy --config-path/,
  server: /server-main\.js/,
  worker: /worker-main\.js/,
  prober: /^\S*node .*probe-main\.js/,
  holder: /^perl -e /,
} as const;

function shown(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8" });
}

export interface KernelObjects {
  readonly program: number;
  readonly maps: readonly number[];
}

/** A program of the lab of that supervisor, and its maps, by the ids that the whole machine shares. */
export function pinnedObjects(supervisor: number, path = POLICY.program): KernelObjects {
  const inside = ["--target", String(supervisor), "--mount", "--net", "--pid"];
  const show = ["bpftool", "--json", "prog", "show", "pinned", path];
  const { id, map_ids } = JSON.parse(shown("nsenter", ...inside, "--", ...show)) as { id: number; map_ids: number[] };
  return { program: id, maps: map_ids };
}

/** Which of them the kernel still has. */
export function remaining({ program, maps }: KernelObjects): KernelObjects[] {
  const ids = (kind: "prog" | "map"): number[] =>
    (JSON.parse(shown("bpftool", "--json", kind, "show")) as { id: number }[]).map(({ id }) => id);
  const left = { program, maps: maps.filter((id) => ids("map").includes(id)) };
  return ids("prog").includes(program) || left.maps.length > 0 ? [left] : [];
}

/** What a lab might change, as the host shows it. Equal before and after. */
export function hostState(): Record<string, string> {
  return {
    links: shown("ip", "-oneline", "-brief", "link"),
    addresses: shown("ip", "-oneline", "-brief", "address"),
    routes: shown("ip", "route", "show", "table", "all"),
    rules: shown("ip", "rule"),
    namespaces: shown("ip", "netns"),
    nft: shown("nft", "list", "ruleset"),
    mounts: readFileSync("/proc/mounts", "utf8"),
    files: ["/run", "/dev/shm", "/sys/fs/bpf"].map((folder) => readdirSync(folder).sort().join()).join("\n"),
    sysctls: ["net/ipv4/ip_forward", "net/ipv4/conf/all/rp_filter", "kernel/bpf_stats_enabled"]
      .map((name) => readFileSync(`/proc/sys/${name}`, "utf8"))
      .join(""),
  };
}

/** Field 4 of stat; null for what is no process, has gone, or is a zombie. */
function parentOf(entry: string): number | null {
  if (!/^\d+$/.test(entry)) return null;
  try {
    const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? null : Number(parent);
  } catch {
    return null;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
