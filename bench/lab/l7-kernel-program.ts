/**
 * The experimental program l7-kernel: loaded, filled and attached like the L4 policy, by the same tools. Whatever keeps
 * it from standing is a reason for its roads alone: the others go on.
 */
import { release } from "node:os";
import type { Fault } from "../../loadgen/fault.js";
import type { KernelCounters } from "../../results/path-counters.js";
import type { KernelAction } from "../../scenarios/scenario.js";
import type { RoadPlan } from "./address-plan.js";
import type { MapDump } from "./bpf-map-text.js";
import {
  actionBatch,
  judgedInKernel,
  kernelCountersOf,
  L7_COUNTERS_BATCH,
  L7_KERNEL_PROGRAM,
  l7KernelBatch,
  type PerCpuDump,
} from "./l7-kernel-map.js";
import { loading, loadProgram, reasonOf, type PolicyState } from "./policy-program.js";
import { runProgram } from "./processes.js";

/** bpf_loop, by which the program walks frames and fields. */
export const OLDEST_L7_KERNEL = [5, 17] as const;

/** Nothing is loaded when no road asks for it. */
export async function loadL7Kernel(roads: readonly RoadPlan[]): Promise<PolicyState> {
  const judged = judgedInKernel(roads);
  if (judged.length === 0) return { kind: "loaded" };
  const obstacle = l7KernelObstacle(judged, release());
  if (obstacle !== null) return { kind: "unavailable", reason: obstacle };
  return loading(() => loadProgram(L7_KERNEL_PROGRAM, judged, l7KernelBatch(roads)), refusalText);
}

/** What can be told before anything is loaded; null when nothing stands in the way. */
export function l7KernelObstacle(roads: readonly Pick<RoadPlan, "scenario">[], kernel: string): string | null {
  const overTls = roads.find(({ scenario }) => scenario.road.tls !== "none");
  if (overTls !== undefined) return OVER_TLS;
  if (isAtLeast(kernel, OLDEST_L7_KERNEL)) return null;
  return `Linux ${kernel} has no bpf_loop, which came with ${OLDEST_L7_KERNEL.join(".")}: it takes a newer kernel, which no other road does`;
}

const OVER_TLS =
  "with TLS there is no HTTP/2 on the wire, so that no method can be judged in the kernel: l7-tls is the road for that";

export function isAtLeast(kernel: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = kernel.split(".").map((part) => Number.parseInt(part, 10));
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** What kept a program from being loaded, with what to do about it. */
export function refusalText(fault: Fault): string {
  const verdict = verifierVerdict(fault.text.seen ?? "");
  return verdict === null ? reasonOf(fault) : `${verdict} (please report this with the output of: uname -r)`;
}

/**
 * bpftool prints the verifier's whole walk: its end says what it did not like, before libbpf and bpftool say that they
 * failed. Null where no verifier spoke.
 */
export function verifierVerdict(printed: string): string | null {
  const [walk = ""] = printed.split("-- END PROG LOAD LOG --");
  const lines = walk.split("\n").filter((line) => line.trim() !== "" && !/libbpf: /.test(line));
  if (!/^processed \d+ insns|BEGIN PROG LOAD LOG|verifier/im.test(walk)) return null;
  const last = lines.slice(-VERIFIER_LINES).map((line) => line.trim());
  return `this kernel's verifier refuses the program: ${last.join(" | ")}`;
}

const VERIFIER_LINES = 4;

/** @throws Fault when bpftool cannot read the maps. */
export async function readKernelCounters(road: RoadPlan): Promise<KernelCounters> {
  const { rules, counts } = await readMaps();
  return kernelCountersOf(road, rules, counts);
}

/** What becomes of refused calls on this road from now on. */
export async function setAction(road: RoadPlan, action: KernelAction): Promise<void> {
  await runProgram(["bpftool", "batch", "file", "-"], actionBatch(road, action));
}

async function readMaps(): Promise<{ rules: MapDump; counts: PerCpuDump }> {
  const printed = await runProgram(["bpftool", "--json", "batch", "file", "-"], L7_COUNTERS_BATCH);
  const [rules, counts] = JSON.parse(printed) as [{ output?: MapDump }?, { output?: PerCpuDump }?];
  return { rules: rules?.output ?? [], counts: counts?.output ?? [] };
}
