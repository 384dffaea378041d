/**
 * The fingerprint of a set-up: facts that must agree before a difference between two runs may be blamed on one thing
 * (METHOD §4.8). Flat keys such as `envoy.sha256` or `cpu.model`, grouped by their beginning.
 */
import { createHash } from "node:crypto";
import { changedDefault, knowsSetting } from "../scenarios/cilium-settings.js";
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

/**
 * Every fact that is not the same in both, grouped and then by key. Empty when nothing differs. A setting that came, went
 * or got another default with Cilium's release is a part of that upgrade, and no second cause beside it.
 */
export function diffFingerprints(before: Fingerprint, after: Fingerprint): FingerprintChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const releases = { before: before["cilium"] ?? "", after: after["cilium"] ?? "" };
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => ({ group: fingerprintGroup(key), key, before: before[key] ?? null, after: after[key] ?? null }))
    .map((change) => (isPartOfUpgrade(change, releases) ? { ...change, group: "Cilium" as const } : change))
    .sort((a, b) => groupRank(a.group) - groupRank(b.group) || (a.key < b.key ? -1 : 1));
}

/** Twelve hexadecimal digits that are the same for the same facts, in whatever order. */
export function fingerprintDigest(fingerprint: Fingerprint): string {
  const facts = Object.entries(fingerprint).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 12);
}

/** Encryption changes every road (METHOD §4.8): a setting that switches it on is never only a release's. */
const ENCRYPTION = /wireguard|ipsec|ztunnel|encrypt/;

function isPartOfUpgrade(
  { key, before, after }: FingerprintChange,
  releases: { readonly before: string; readonly after: string },
): boolean {
  if (!key.startsWith("cilium.config.")) return false;
  if (releases.before === "" || releases.after === "" || releases.before === releases.after) return false;
  const setting = key.slice("cilium.config.".length);
  if (ENCRYPTION.test(setting) && (before ?? after) !== "false") return false;
  const defaults = [changedDefault(releases.before, setting), changedDefault(releases.after, setting)];
  if (before === defaults[0] && after === defaults[1]) return true;
  if (before !== null && after !== null) return false;
  return knowsSetting(before === null ? releases.before : releases.after, setting) === false;
}

function groupRank(group: FingerprintGroup): number {
  return FINGERPRINT_GROUPS.indexOf(group);
}
