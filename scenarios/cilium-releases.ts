/**
 * What each Cilium release can and cannot do for gRPC policies, 1.14 to 1.20, as data. Read from the CRDs, charts and
 * agent sources of the releases and from cilium/proxy at the commit each chart names (Apache-2.0; facts, not text).
 * Some traits change inside a minor, with the Envoy build a patch release ships: so ask with the patch where it is known.
 */
import { EXIT, Fault } from "../loadgen/fault.js";

export const CILIUM_MINORS = ["1.14", "1.15", "1.16", "1.17", "1.18", "1.19", "1.20"] as const;
export type CiliumMinor = (typeof CILIUM_MINORS)[number];

export interface CiliumRelease {
  readonly minor: CiliumMinor;
  /** null: only the minor is known; its newest patch is meant. */
  readonly patch: number | null;
}

export interface CiliumTraits {
  /** The agent's own command line tool; the old name was kept as an alias. */
  readonly debugTool: "cilium" | "cilium-dbg";
  /** `l7proto` and `l7` rules: in the CRD and handed to proxylib, or gone with it (cilium/cilium#43557). */
  readonly proxylib: boolean;
  /** `spec.enableDefaultDeny`. */
  readonly defaultDenySwitch: boolean;
  /** Status condition `Valid` on a policy: `kubectl wait --for=condition=Valid`. */
  readonly validCondition: boolean;
  /** `endPort`: nowhere, without L7 rules only, or everywhere. */
  readonly portRanges: "none" | "l4" | "l7";
  /** `serverNames` with wildcards: none, as leading labels (`*.x`, `**.x`), or anywhere in the name. */
  readonly wildcardServerNames: "none" | "leading" | "anywhere";
  /** `ca.crt` in a terminating secret is ignored; before, Envoy then demanded client certificates (cilium/cilium#31761). */
  readonly caInTerminatingSecret: boolean;
  /**
   * How TLS contexts find their secrets: read by the agent (files, or the API with `tls.secretsBackend=k8s`), or copied
   * by the operator into `cilium-secrets` and served by SDS.
   */
  readonly tlsSecrets: "agent" | "synced";
  /** Helm value `envoy.httpRetryCount`; before, retries (3 on 5xx) could only be set by agent flag. */
  readonly retriesInHelm: boolean;
  /**
   * How the proxy refuses a gRPC call: after opening the upstream connection; in the filter, booked both as forwarded and
   * denied; or in the filter, booked once as denied.
   */
  readonly refusal: "after-upstream-connect" | "filter-booked-twice" | "filter";
  /** Envoy counter `cilium.policy.tls_wrapper_missing_policy`. */
  readonly missingTlsContextCounter: boolean;
  /** `authentication.mode: required`: in beta, off unless switched on, or deprecated. */
  readonly mutualAuthentication: "beta" | "off-by-default" | "deprecated";
}

export function traitsOf(release: CiliumRelease): CiliumTraits {
  const since = (minor: CiliumMinor): boolean => isAtLeast(release, { minor, patch: 0 });
  return {
    debugTool: since("1.15") ? "cilium-dbg" : "cilium",
    proxylib: !since("1.20"),
    defaultDenySwitch: since("1.16"),
    validCondition: since("1.17"),
    portRanges: since("1.17") ? "l7" : since("1.16") ? "l4" : "none",
    wildcardServerNames: since("1.20") ? "anywhere" : since("1.18") ? "leading" : "none",
    caInTerminatingSecret: since("1.16"),
    tlsSecrets: since("1.17") ? "synced" : "agent",
    retriesInHelm: since("1.17"),
    refusal: refusalOf(release),
    missingTlsContextCounter: hasSince(release, { "1.14": 17, "1.15": 11, "1.16": 4 }),
    mutualAuthentication: since("1.20") ? "deprecated" : since("1.19") ? "off-by-default" : "beta",
  };
}

/**
 * Reads `1.18`, `1.18.4` or `v1.18.4`.
 * @throws Fault (usage) for anything else and for minors outside 1.14 … 1.20.
 */
export function ciliumRelease(text: string): CiliumRelease {
  const match = /^v?(\d+\.\d+)(?:\.(\d+))?$/.exec(text.trim());
  const minor = CILIUM_MINORS.find((known) => known === match?.[1]);
  if (match === null || minor === undefined) {
    throw new Fault({
      fact: `"${text}" is not a Cilium release that tollgate knows`,
      expected: `${CILIUM_MINORS.join(", ")}, with or without the patch, as in 1.18.4`,
      try: "--cilium 1.20",
      exitCode: EXIT.usage,
    });
  }
  return { minor, patch: match[2] === undefined ? null : Number(match[2]) };
}

/** `1.18.4`, or `1.18` where the patch is not known. */
export function releaseName(release: CiliumRelease): string {
  return release.patch === null ? release.minor : `${release.minor}.${release.patch}`;
}

export function isAtLeast(release: CiliumRelease, floor: CiliumRelease): boolean {
  const difference = CILIUM_MINORS.indexOf(release.minor) - CILIUM_MINORS.indexOf(floor.minor);
  if (difference !== 0) return difference > 0;
  return (release.patch ?? Infinity) >= (floor.patch ?? 0);
}

/** First patch per minor that has a thing; minors that are not named have it from their first release on. */
type FirstPatches = Partial<Record<CiliumMinor, number>>;
const NEVER = Infinity;

function hasSince(release: CiliumRelease, first: FirstPatches): boolean {
  const floor = first[release.minor] ?? 0;
  return floor !== NEVER && (release.patch ?? Infinity) >= floor;
}

/** fb4e9c0c in cilium/proxy moved the decision into the downstream filter; a later build logs before it replies. */
function refusalOf(release: CiliumRelease): CiliumTraits["refusal"] {
  if (!hasSince(release, { "1.14": 13, "1.15": 7 })) return "after-upstream-connect";
  const bookedOnce = hasSince(release, { "1.14": NEVER, "1.15": 15, "1.16": 8, "1.17": 2 });
  return bookedOnce ? "filter" : "filter-booked-twice";
}
