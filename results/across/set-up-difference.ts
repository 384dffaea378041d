/**
 * What differs between the set-ups of two runs, in full, and whether a cause may be named: only where a single group of
 * facts differs (METHOD §4.8). Also then it is a possibility, since the runs were not interleaved.
 */
import { diffFingerprints, FINGERPRINT_GROUPS, type FingerprintGroup } from "../fingerprint.js";
import type { Fingerprint } from "../run-shape.js";
import type { SetUpDifference } from "./across-shape.js";

export function setUpDifference(before: Fingerprint, after: Fingerprint): SetUpDifference {
  const changes = diffFingerprints(before, after);
  const groups = FINGERPRINT_GROUPS.map((group) => ({
    group,
    changes: changes.filter((change) => change.group === group),
  })).filter((one) => one.changes.length > 0);
  return { groups, cause: causeSentence(groups.map(({ group }) => group)) };
}

function causeSentence(groups: readonly FingerprintGroup[]): string {
  const [only, second] = groups;
  if (only === undefined) {
    return "The two set-ups do not differ in anything the fingerprint knows: what changed is the day, or chance.";
  }
  if (second === undefined) {
    return `Only one group of facts differs, ${only}: a change may come from it, or from the day, since the runs were not interleaved.`;
  }
  return `No cause can be named: ${joined(groups)} differ at once.`;
}

function joined(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
