/**
 * What the lab tells of itself once it stands: how long that took, and which roads this machine cannot show, and why.
 */
import { judgedInKernel } from "./l7-kernel-map.js";
import type { LabParts } from "./lab-build.js";
import { judged } from "./policy-map.js";
import type { RoadPlan } from "./address-plan.js";
import type { LabReport } from "./supervisor-protocol.js";

type Standing = Pick<LabParts, "roads" | "policy" | "l7Kernel" | "redirects" | "timings" | "cpuIdle">;

/** A road without its redirect cannot be shown; one without its policy can, where the redirect does not rest on it. */
export function labReport(parts: Standing): LabReport {
  const { policy, l7Kernel, redirects, roads, timings, cpuIdle } = parts;
  const direct = judged(roads).filter(({ redirect }) => redirect === null);
  const redirected = roads.filter(({ redirect }) => redirect !== null);
  const notMeasured = [
    ...(policy.kind === "loaded" ? [] : named(direct, unloadable(policy.reason))),
    ...(l7Kernel.kind === "loaded" ? [] : named(judgedInKernel(roads), l7Kernel.reason)),
    ...(redirects.kind === "loaded" ? [] : named(redirected, `nothing leads to Envoy here: ${redirects.reason}`)),
  ];
  return { timings, cpuIdle, notMeasured, warnings: unjudged(parts) };
}

/** Redirected roads that stand without their eBPF policy. */
function unjudged({ roads, policy, redirects }: Standing): string[] {
  const names = judged(roads).flatMap(({ redirect, scenario }) => (redirect === null ? [] : [scenario.name]));
  if (policy.kind === "loaded" || redirects.kind === "unavailable" || names.length === 0) return [];
  return [
    `${unloadable(policy.reason)}; the roads ${names.join(", ")} are redirected by nft ` +
      `instead: their tolls hold no eBPF policy`,
  ];
}

function unloadable(reason: string): string {
  return `the eBPF policy program cannot be loaded here: ${reason}`;
}

function named(roads: readonly RoadPlan[], reason: string): [scenario: string, reason: string][] {
  return roads.map(({ scenario }) => [scenario.name, reason]);
}
