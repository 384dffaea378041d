/**
 * The maps of the policy program (bpf/policy.bpf.c) as bpftool reads and writes them: bytes in, bytes out. Layouts here
 * and in the C file must agree; the lab test that loads the program holds the two together.
 *
 * Identities are per road and caller, so that one map keeps the counters of all roads apart; Cilium hands out numeric
 * identities from 256 on for whatever has labels, and knows everybody else as `world`.
 */
import { PAYMENTS_PORT } from "../../proto/payments.js";
import type { PolicyCounters } from "../../results/path-counters.js";
import { KNOWN_CALLERS, type RoadPlan } from "./address-plan.js";
import { addressBytes, batchText, bytes, mapUpdate, sum, uint32, type MapDump } from "./bpf-map-text.js";

/** A program of the lab: its committed build, and where the lab's own bpffs holds it and its maps. */
export interface PinnedProgram {
  /** Relative to the package root. */
  readonly object: string;
  readonly program: string;
  readonly maps: string;
}

export const POLICY: PinnedProgram = {
  object: "bench/lab/bpf/policy.bpf.o",
  program: "/sys/fs/bpf/tollgate/policy",
  maps: "/sys/fs/bpf/tollgate/maps",
};

/** One `bpftool batch` that fills the maps: who may send what on every judged road. */
export function policyBatch(roads: readonly RoadPlan[]): string {
  return batchText(judged(roads).flatMap((road) => l4Entries(road, POLICY)));
}

/** One `bpftool -j batch` that reads the counters of every road. */
export function countersBatch({ maps }: PinnedProgram): string {
  return batchText([`map dump pinned ${maps}/tg_policy`, `map dump pinned ${maps}/tg_denied`]);
}

/** Roads whose packets the program judges. */
export function judged(roads: readonly RoadPlan[]): RoadPlan[] {
  return roads.filter((road) => road.scenario.road.policy === "l4");
}

/** The counters of one road, from dumps of both maps. */
export function policyCountersOf(road: RoadPlan, policy: MapDump, denied: MapDump): PolicyCounters {
  const identities = identitiesOf(road);
  const ownEntries = policy.filter((entry) => identities.includes(bytes(entry.key).readUInt32LE(0)));
  const addresses = Object.values(road.callers);
  const ownDenials = denied.filter((entry) => addresses.includes(bytes(entry.key).subarray(0, 4).join(".")));
  return {
    packets: sum(ownEntries.map((entry) => bytes(entry.value).readBigUInt64LE(0))),
    bytes: sum(ownEntries.map((entry) => bytes(entry.value).readBigUInt64LE(8))),
    denied: sum(ownDenials.map((entry) => bytes(entry.value).readBigUInt64LE(0))),
  };
}

/** The identities of a road, by the caller's place among KNOWN_CALLERS. */
export function identitiesOf(road: RoadPlan): number[] {
  return KNOWN_CALLERS.map((_, index) => FIRST_IDENTITY + road.number * KNOWN_CALLERS.length + index);
}

/** Cilium's first identity that stands for labels. */
const FIRST_IDENTITY = 256;

/** Who the callers of a road are, and that they may send to the payments port: what both programs look up. */
export function l4Entries(road: RoadPlan, program: PinnedProgram): string[] {
  const identities = identitiesOf(road);
  return KNOWN_CALLERS.flatMap((caller, index) => {
    const identity = identities[index] ?? 0;
    return [
      mapUpdate(program, "tg_identity", addressBytes(road.callers[caller]), uint32(identity)),
      mapUpdate(program, "tg_policy", policyKey(identity, PAYMENTS_PORT), policyEntry(road.redirect?.mark ?? 0)),
    ];
  });
}

const TCP = 6;

/** struct policy_key: identity in the machine's byte order, port in the network's. */
function policyKey(identity: number, port: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeUInt32LE(identity, 0);
  key.writeUInt16BE(port, 4);
  key.writeUInt8(TCP, 6);
  return key;
}

/** struct policy_entry with both counters at zero. */
function policyEntry(proxyMark: number): Buffer {
  const entry = Buffer.alloc(24);
  entry.writeUInt32LE(proxyMark, 16);
  return entry;
}
