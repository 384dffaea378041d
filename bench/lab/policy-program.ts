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
import type { MapDump } from "./bpf-map-text.js";
import { fillMaps } from "./map-fill.js";
import { attachBatch } from "./network.js";
import { countersBatch, judged, POLICY, policyBatch, policyCountersOf, type PinnedProgram } from "./policy-map.js";
import { runProgram } from "./processes.js";

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

/** @throws Fault that names the map which is full, or with bpftool's or tc's last words. */
export async function loadProgram(program: PinnedProgram, roads: readonly RoadPlan[], entries: string): Promise<void> {
  const load = ["prog", "load", resourcePath(program.object), program.program] as const;
  await runProgram(["bpftool", ...load, "type", "classifier", "pinmaps", program.maps]);
  await fillMaps(entries);
  await runProgram(["tc", "-batch", "-"], attachBatch(roads, program));
}

/** What the L4 look-up of a program counted. @throws Fault when bpftool cannot read the maps. */
export async function readPolicyCounters(road: RoadPlan, program: PinnedProgram): Promise<PolicyCounters> {
  const printed = await runProgram(["bpftool", "--json", "batch", "file", "-"], countersBatch(program));
  const [policy, denied] = JSON.parse(printed) as readonly { readonly output: MapDump }[];
  return policyCountersOf(road, policy?.output ?? [], denied?.output ?? []);
}

/** In one line: a reason stands among others. */
export function reasonOf({ text }: Fault): string {
  const way = text.try === undefined ? undefined : `try: ${text.try}`;
  return [text.fact, text.expected, text.seen?.split("\n")[0], way].filter(Boolean).join("; ");
}
