/** Which versions stood on the road, run by run: what the bars of a history show. */
import type { Fingerprint } from "../run-shape.js";
import type { VersionPeriod } from "./history-shape.js";

/** Consecutive runs of the same versions. @param fingerprints in the order of time */
export function versionPeriods(fingerprints: readonly Fingerprint[]): VersionPeriod[] {
  const periods: VersionPeriod[] = [];
  fingerprints.forEach((fingerprint, i) => {
    const label = versionLabel(fingerprint);
    const last = periods.at(-1);
    if (last?.label === label) periods[periods.length - 1] = { ...last, to: i + 1 };
    else periods.push({ label, from: i, to: i + 1 });
  });
  return periods;
}

/** By the keys that the lab and the cluster use; where a set-up names none of them, that is said. */
export function versionLabel(fingerprint: Fingerprint): string {
  const parts = [
    named("Cilium", fingerprint["cilium"] ?? fingerprint["cilium.version"]),
    named("Envoy", envoyText(fingerprint)),
    named("kernel", fingerprint["kernel"] ?? fingerprint["kernel.release"]),
  ].filter((part) => part !== null);
  return parts.length === 0 ? "versions unknown" : parts.join(" · ");
}

const named = (name: string, version: string | null | undefined): string | null =>
  version === undefined || version === null ? null : `${name} ${version}`;

/** A run may hold two Envoys beside each other: `envoy@1.36.4`, `envoy@1.37.0`. */
function envoyText(fingerprint: Fingerprint): string | null {
  const only = fingerprint["envoy"] ?? fingerprint["envoy.version"];
  const several = Object.keys(fingerprint).filter((key) => /^envoy@[\d.]*\d$/.test(key));
  const versions = [...(only === undefined ? [] : [only]), ...several.map((key) => fingerprint[key] ?? "")];
  return versions.length === 0 ? null : [...new Set(versions)].join(" and ");
}
