/**
 * The fingerprint of a set-up: facts that must agree before a difference between two runs may be blamed on one thing
 * (METHOD §4.8). Flat keys such as `envoy.sha256` or `cpu.model`, grouped by their beginning.
 */
import { createHash } from "node:crypto";
import type { Fingerprint } from "./run-shape.js";

export interface FingerprintChange {
  readonly group: FingerprintGroup;
  readonly key: string;
  /** Null: not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** In the order in which reports list them: what an upgrade changes first. */
export const FINGERPRINT_GROUPS = [
  "Cilium",
  "Envoy",
  "policies",
  "configuration",
  "kernel",
  "machine",
  "tollgate",
  "other",
] as const;
export type FingerprintGroup = (typeof FINGERPRINT_GROUPS)[number];

const GROUP_OF: Readonly<Record<string, FingerprintGroup>> = {
  cilium: "Cilium",
  hubble: "Cilium",
  envoy: "Envoy",
  policy: "policies",
  "lab.policy": "policies",
  "cilium.config": "configuration",
  lab: "configuration",
  kubernetes: "configuration",
  kernel: "kernel",
  clocksource: "kernel",
  cgroup: "kernel",
  cpu: "machine",
  cpus: "machine",
  memory: "machine",
  machine: "machine",
  tollgate: "tollgate",
  node: "tollgate",
};

/** By the longest beginning that a group is named for: `envoy@1.36.4.sha256` is Envoy's, `lab.policy.sha256` a policy's. */
export function fingerprintGroup(key: string): FingerprintGroup {
  const [first = "", second = ""] = key.split(/[.@]/, 2);
  return GROUP_OF[`${first}.${second}`] ?? GROUP_OF[first] ?? "other";
}

/** Every fact that is not the same in both, grouped and then by key. Empty when nothing differs. */
export function diffFingerprints(before: Fingerprint, after: Fingerprint): FingerprintChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => ({ group: fingerprintGroup(key), key, before: before[key] ?? null, after: after[key] ?? null }))
    .sort((a, b) => groupRank(a.group) - groupRank(b.group) || (a.key < b.key ? -1 : 1));
}

/** Twelve hexadecimal digits that are the same for the same facts, in whatever order. */
export function fingerprintDigest(fingerprint: Fingerprint): string {
  const facts = Object.entries(fingerprint).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 12);
}

function groupRank(group: FingerprintGroup): number {
  return FINGERPRINT_GROUPS.indexOf(group);
}
