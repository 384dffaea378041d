/**
 * What a Cilium release cannot do, or does differently, on a road: one sentence each, for whoever applies the manifests
 * or reads numbers made with them.
 */
import { releaseName, traitsOf, type CiliumRelease, type CiliumTraits } from "./cilium-releases.js";
import type { Scenario } from "./scenario.js";

export function releaseWarnings(scenario: Scenario, release: CiliumRelease): readonly string[] {
  const name = `Cilium ${releaseName(release)}`;
  const traits = traitsOf(release);
  return [
    ...policyWarnings(scenario, name, traits),
    ...proxyWarnings(scenario, name, traits),
    ...refusalWarnings(scenario, name, traits),
    ...interceptionWarnings(scenario, name, traits),
  ];
}

function policyWarnings(scenario: Scenario, name: string, traits: CiliumTraits): string[] {
  if (scenario.road.policy === "none" || traits.validCondition) return [];
  return [
    `${name} has no "Valid" condition: kubectl apply succeeds for a policy that the agent refuses; read its log.`,
  ];
}

function proxyWarnings(scenario: Scenario, name: string, traits: CiliumTraits): string[] {
  const { proxy } = scenario.road;
  if (proxy.kind !== "http") return [];
  const warnings: string[] = [];
  if (proxy.envoy !== null) {
    warnings.push(`A policy cannot choose Envoy ${proxy.envoy}: the road takes the Envoy that ${name} runs.`);
  }
  if (!traits.retriesInHelm) {
    warnings.push(
      `${name} retries 5xx three times and Helm cannot change it: set the agent flag http-retry-count to 0.`,
    );
  }
  return warnings;
}

function refusalWarnings(scenario: Scenario, name: string, traits: CiliumTraits): string[] {
  if (scenario.promise.refusal !== "PERMISSION_DENIED") return [];
  switch (traits.refusal) {
    case "after-upstream-connect":
      return [`${name} connects to the server before it refuses a call, and books the refusal as forwarded.`];
    case "filter-booked-twice":
      return [`${name} books a refused call twice, as forwarded and as denied.`];
    case "filter":
      return [];
  }
}

function interceptionWarnings(scenario: Scenario, name: string, traits: CiliumTraits): string[] {
  if (scenario.road.tls !== "intercepted") return [];
  const warnings = [
    traits.tlsSecrets === "agent"
      ? `${name} reads TLS secrets from files on the node unless Helm sets tls.secretsBackend=k8s.`
      : `${name} copies TLS secrets to cilium-secrets only if tls.secretSync is on: not so after upgrades from 1.16.`,
    "Envoy offers callers no ALPN: grpc-go 1.67 and newer refuse, unless GRPC_ENFORCE_ALPN_ENABLED=false.",
  ];
  if (!traits.caInTerminatingSecret) {
    warnings.push(`${name}: ca.crt in the terminating Secret makes Envoy demand client certificates; keep it out.`);
  }
  if (scenario.road.enforcedAt !== "caller") {
    warnings.push(
      "Upstream Cilium tests TLS interception on egress only: this road, on ingress, is covered by no test.",
    );
  }
  return warnings;
}
