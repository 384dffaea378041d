/**
 * The fingerprint of a set-up: facts that must agree before a difference between two runs may be blamed on one thing
 * (METHOD §4.8). Flat keys such as `envoy.version`; the part before the first dot names the group.
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

const GROUP_OF_PREFIX: Readonly<Record<string, FingerprintGroup>> = {
  cilium: "Cilium",
  hubble: "Cilium",
  envoy: "Envoy",
  policy: "policies",
  policies: "policies",
  config: "configuration",
  kubernetes: "configuration",
  lab: "configuration",
  kernel: "kernel",
  bpf: "kernel",
  machine: "machine",
  cpu: "machine",
  memory: "machine",
  node: "machine",
  os: "machine",
  tollgate: "tollgate",
  nodejs: "tollgate",
  transport: "tollgate",
};

export function fingerprintGroup(key: string): FingerprintGroup {
  if (key.startsWith("cilium.config.")) return "configuration";
  return GROUP_OF_PREFIX[key.split(".", 1)[0] ?? ""] ?? "other";
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
