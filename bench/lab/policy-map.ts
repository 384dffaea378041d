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

/** The committed build, relative to the package root. */
export const POLICY_OBJECT = "bench/lab/bpf/policy.bpf.o";

/** Where the lab's own bpffs holds the program and its maps. */
export const PINNED = {
  program: "/sys/fs/bpf/tollgate/policy",
  maps: "/sys/fs/bpf/tollgate/maps",
} as const;

/** One `bpftool batch` that fills the maps: who may send what on every judged road. */
export function policyBatch(roads: readonly RoadPlan[]): string {
  return judged(roads)
    .flatMap(mapEntries)
    .map((line) => `${line}\n`)
    .join("");
}

/** One `bpftool -j batch` that reads the counters of every road. */
export const COUNTERS_BATCH = `map dump pinned ${PINNED.maps}/tg_policy\nmap dump pinned ${PINNED.maps}/tg_denied\n`;

/** Roads whose packets the program judges. */
export function judged(roads: readonly RoadPlan[]): RoadPlan[] {
  return roads.filter((road) => road.scenario.road.policy === "l4");
}

/** One map as `bpftool -j map dump` prints it. */
export type MapDump = readonly { readonly key: readonly string[]; readonly value: readonly string[] }[];

/** The counters of one road, from dumps of both maps. */
export function policyCountersOf(road: RoadPlan, policy: MapDump, denied: MapDump): PolicyCounters {
  const identities = KNOWN_CALLERS.map((_, index) => identityNumber(road, index));
  const ownEntries = policy.filter((entry) => identities.includes(bytes(entry.key).readUInt32LE(0)));
  const addresses = Object.values(road.callers);
  const ownDenials = denied.filter((entry) => addresses.includes(bytes(entry.key).subarray(0, 4).join(".")));
  return {
    packets: sum(ownEntries.map((entry) => bytes(entry.value).readBigUInt64LE(0))),
    bytes: sum(ownEntries.map((entry) => bytes(entry.value).readBigUInt64LE(8))),
    denied: sum(ownDenials.map((entry) => bytes(entry.value).readBigUInt64LE(0))),
  };
}

/** Cilium's first identity that stands for labels. */
const FIRST_IDENTITY = 256;

function identityNumber(road: RoadPlan, callerIndex: number): number {
  return FIRST_IDENTITY + road.number * KNOWN_CALLERS.length + callerIndex;
}

function mapEntries(road: RoadPlan): string[] {
  return KNOWN_CALLERS.flatMap((caller, index) => {
    const identity = identityNumber(road, index);
    return [
      mapUpdate("tg_identity", addressBytes(road.callers[caller]), uint32(identity)),
      mapUpdate("tg_policy", policyKey(identity, PAYMENTS_PORT), policyEntry(road.redirect?.mark ?? 0)),
    ];
  });
}

function mapUpdate(map: string, key: Buffer, value: Buffer): string {
  return `map update pinned ${PINNED.maps}/${map} key hex ${hex(key)} value hex ${hex(value)}`;
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

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

function hex(buffer: Buffer): string {
  return [...buffer].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function bytes(printed: readonly string[]): Buffer {
  return Buffer.from(printed.map((byte) => Number.parseInt(byte, 16)));
}

function sum(counts: readonly bigint[]): number {
  return Number(counts.reduce((total, count) => total + count, 0n));
}
