/**
 * The policy program in the kernel: loaded once, pinned in the lab's own bpffs, attached to every judged road, read with
 * bpftool. Where it cannot be loaded (no CAP_BPF, a user namespace), the reason is a value: the lab stands without it.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Fault } from "../../loadgen/fault.js";
import { resourcePath } from "../../proto/package-root.js";
import type { PolicyCounters } from "../../results/path-counters.js";
import type { RoadPlan } from "./address-plan.js";
import { holdByBpf } from "./bpf-holder.js";
import type { MapDump } from "./bpf-map-text.js";
import { attachBatch } from "./network.js";
import { countersBatch, judged, POLICY, policyBatch, policyCountersOf, type PinnedProgram } from "./policy-map.js";
import { runProgram, type LineProcess } from "./processes.js";

export type PolicyState = { readonly kind: "loaded" } | { readonly kind: "unavailable"; readonly reason: string };

/** The lab's own bpffs, in which its programs are pinned. */
export function mountBpf(): Promise<PolicyState> {
  return loading(async () => {
    await runProgram(["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"]);
    await mkdir(dirname(POLICY.program));
  }, reasonOf);
}

/** Loads, fills and attaches. Nothing is loaded when no road is judged. */
export async function loadPolicy(roads: readonly RoadPlan[]): Promise<PolicyState> {
  if (judged(roads).length === 0) return { kind: "loaded" };
  return loading(() => loadProgram(POLICY, judged(roads), policyBatch(roads)), reasonOf);
}

/** A Fault on the way is a reason, not an end. */
export async function loading(work: () => Promise<void>, reason: (fault: Fault) => string): Promise<PolicyState> {
  try {
    await work();
    return { kind: "loaded" };
  } catch (error) {
    if (error instanceof Fault) return { kind: "unavailable", reason: reason(error) };
    throw error;
  }
}

/** @throws Fault with bpftool's or tc's last words. */
export async function loadProgram(program: PinnedProgram, roads: readonly RoadPlan[], entries: string): Promise<void> {
  const load = ["prog", "load", resourcePath(program.object), program.program] as const;
  await runProgram(["bpftool", ...load, "type", "classifier", "pinmaps", program.maps]);
  await runProgram(["bpftool", "batch", "file", "-"], entries);
  await runProgram(["tc", "-batch", "-"], attachBatch(roads, program));
}

/** What the L4 look-up of a program counted. @throws Fault when bpftool cannot read the maps. */
export async function readPolicyCounters(road: RoadPlan, program: PinnedProgram): Promise<PolicyCounters> {
  const printed = await runProgram(["bpftool", "--json", "batch", "file", "-"], countersBatch(program));
  const [policy, denied] = JSON.parse(printed) as readonly { readonly output: MapDump }[];
  return policyCountersOf(road, policy?.output ?? [], denied?.output ?? []);
}

export interface ProgramTime {
  readonly runNs: number;
  readonly runs: number;
}

/** Counted while `countProgramTime` is on, since the program was loaded; roads share the program. */
export async function readProgramTime({ program }: PinnedProgram): Promise<ProgramTime> {
  const printed = await runProgram(["bpftool", "--json", "prog", "show", "pinned", program]);
  const { run_time_ns = 0, run_cnt = 0 } = JSON.parse(printed) as { run_time_ns?: number; run_cnt?: number };
  return { runNs: run_time_ns, runs: run_cnt };
}

/**
 * Turns on the kernel's statistics of program run time until the returned process ends.
 * @throws Fault where there is no perl or the kernel refuses.
 */
export function countProgramTime(): Promise<LineProcess> {
  return holdByBpf({
    name: "program statistics",
    script: ENABLE_STATS,
    refused: {
      fact: "the kernel's statistics of eBPF run time cannot be turned on",
      so: "the policy program's own time is not measured here",
      try: "tollgate doctor --env lab",
    },
  });
}

/** Command 32 is BPF_ENABLE_STATS, type 0 is BPF_STATS_RUN_TIME (linux/bpf.h, since 5.8). */
const ENABLE_STATS = `
my $attr = pack("L", 0);
my $fd = syscall($ARGV[0] + 0, 32, $attr, 4);
die "bpf(BPF_ENABLE_STATS): $!\\n" if $fd < 0;
`;

/** In one line: a reason stands among others. */
export function reasonOf({ text }: Fault): string {
  const way = text.try === undefined ? undefined : `try: ${text.try}`;
  return [text.fact, text.expected, text.seen?.split("\n")[0], way].filter(Boolean).join("; ");
}
