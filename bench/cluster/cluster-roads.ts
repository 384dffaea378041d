/**
 * Which roads a cluster can show, and why not the others.
 */
import type { Scenario } from "../../scenarios/scenario.js";
import type { CiliumInstall } from "./cilium-install.js";

/** The way out where the L7 proxy is off. */
export const SWITCH_L7_PROXY_ON =
  "helm upgrade … --set l7Proxy=true, then restart the agents; or --roads no-policy,l4,tls";

/** The way out where certificates may not be put where Cilium reads them. */
export function grantSecretsIn(namespace: string): string {
  return `tollgate doctor --env cluster --rbac --secrets-namespace ${namespace}, for someone who may grant it`;
}

/** Scenario name → reason, for roads that are not measured here. */
export function roadsNotShown(
  scenarios: readonly Scenario[],
  cilium: Pick<CiliumInstall, "l7Proxy" | "secrets" | "version">,
): ReadonlyMap<string, string> {
  const reasons = scenarios.flatMap((scenario): [string, string][] => {
    const reason = whyNot(scenario, cilium);
    return reason === null ? [] : [[scenario.name, reason]];
  });
  return new Map(reasons);
}

function whyNot(
  { road: { policy, proxy, tls } }: Scenario,
  { l7Proxy, secrets, version }: Pick<CiliumInstall, "l7Proxy" | "secrets" | "version">,
): string | null {
  if (policy === "l7-kernel") return "the experimental program in the kernel is the lab's own: no Cilium has it";
  if (proxy.kind === "tcp") {
    return "Cilium has no policy that sends plaintext through Envoy without parsing it; the lab shows this road";
  }
  if (proxy.kind === "http" && proxy.envoy !== null) {
    return `a cluster has one Envoy, the one that Cilium ${version} brought; the lab previews others`;
  }
  if (proxy.kind === "http" && !l7Proxy) return "enable-l7-proxy is false: the agent refuses every L7 rule";
  if (tls === "intercepted" && secrets.kind === "by-hand" && !secrets.mayPlace) {
    return (
      `Cilium reads certificates from the namespace ${secrets.namespace} only (tls.secretSync is off), and this user may ` +
      `not put Secrets there: ${grantSecretsIn(secrets.namespace)}`
    );
  }
  return null;
}
