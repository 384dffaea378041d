/**
 * Cilium as the doctor sees it: there, of a known release, able to do L7 and TLS, and without anyone's policy on our pods.
 */
import { Fault } from "../../loadgen/fault.js";
import { CILIUM_MINORS, ciliumRelease } from "../../scenarios/cilium-releases.js";
import { askAgentOnce } from "../cluster/cilium-agent.js";
import { findCilium, type CiliumInstall, type SecretMode } from "../cluster/cilium-install.js";
import { readStatus } from "../cluster/cilium-status.js";
import { grantSecretsIn, SWITCH_L7_PROXY_ON } from "../cluster/cluster-roads.js";
import { ciliumLabels, findForeignPolicies } from "../cluster/foreign-policies.js";
import { MANAGED_BY, type KubeObject } from "../cluster/kube-object.js";
import { failedBecause } from "../cluster/kubectl-fault.js";
import type { Kubectl } from "../cluster/kubectl.js";
import type { ClusterCheck } from "./cluster-check.js";
import { fail, ok, warn, type Finding } from "./finding.js";

export const checkCilium: ClusterCheck = async (kubectl, { ciliumNamespace }) => {
  const install = await findCilium(kubectl, ciliumNamespace);
  return [
    release(install),
    agents(install),
    l7Proxy(install),
    secrets(install.secrets),
    hubble(install),
    metrics(install),
    ...(await answering(kubectl, install)),
  ];
};

function release({ version }: CiliumInstall): Finding {
  try {
    ciliumRelease(version);
    return ok("Cilium", version);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const known = `${CILIUM_MINORS[0]} to ${CILIUM_MINORS.at(-1) ?? ""}`;
    return fail(
      "Cilium",
      `${version} is no release that tollgate knows: ${known}`,
      "a newer tollgate, or another cluster",
    );
  }
}

function agents({ agents: all, envoys, namespace }: CiliumInstall): Finding {
  const pods = [...all, ...envoys];
  const waiting = pods.filter(({ ready }) => !ready);
  if (waiting.length === 0) return ok("Cilium's pods", `all ${pods.length} ready`);
  const names = waiting.slice(0, 3).map(({ pod, node }) => `${pod} on ${node}`);
  return fail(
    "Cilium's pods",
    `not ready: ${names.join(", ")}`,
    `kubectl -n ${namespace} describe pod ${waiting[0]?.pod ?? ""}`,
  );
}

function l7Proxy({ envoy, envoyVersion }: CiliumInstall): Finding {
  switch (envoy) {
    case "none":
      return fail(
        "L7 proxy",
        "enable-l7-proxy is false: an L7 policy would leave all traffic open",
        SWITCH_L7_PROXY_ON,
      );
    case "embedded":
      return ok("L7 proxy", "Envoy in the agent's pod: its CPU is told apart by process");
    case "daemonset":
      return ok("L7 proxy", `Envoy ${envoyVersion ?? "of unknown version"} in a DaemonSet of its own`);
  }
}

function secrets(mode: SecretMode): Finding {
  switch (mode.kind) {
    case "synced":
      return ok("TLS secrets", `the operator copies them to ${mode.namespace}`);
    case "by-hand":
      return mode.mayPlace
        ? ok("TLS secrets", `read in ${mode.namespace} only (tls.secretSync is off): a run puts its own there`)
        : warn(
            "TLS secrets",
            `read in ${mode.namespace} only, where you may make none: the roads with intercepted TLS are not measured`,
            grantSecretsIn(mode.namespace),
          );
    case "anywhere":
      return ok("TLS secrets", "read in any namespace");
    case "unsaid":
      return warn(
        "TLS secrets",
        "before 1.17 the settings do not say whether Secrets are read; if not, the roads with intercepted TLS never come up",
        "helm upgrade … --set tls.secretsBackend=k8s",
      );
  }
}

function hubble({ hubble: on }: CiliumInstall): Finding {
  return ok("Hubble", on ? "on: its cost is part of every number" : "off");
}

function metrics({ agentMetricsPort, envoyMetricsPort }: CiliumInstall): Finding {
  const port = (value: number | null): string => (value === null ? "off" : `port ${value}`);
  return ok("metrics", `agent ${port(agentMetricsPort)}, Envoy ${port(envoyMetricsPort)}`);
}

/** The agent's own word on its proxy, where we may ask it. */
async function answering(kubectl: Kubectl, { agents: [first], namespace }: CiliumInstall): Promise<readonly Finding[]> {
  if (first === undefined) return [];
  try {
    const { redirects } = await readStatus(askAgentOnce(kubectl, first.pod, namespace));
    return [ok("cilium-dbg", `answers in ${first.pod}; ${redirects.length} redirects to the proxy at present`)];
  } catch (error) {
    if (failedBecause(error, "forbidden")) return []; // told among the permissions
    if (!(error instanceof Fault)) throw error;
    return [warn("cilium-dbg", error.text.fact, error.text.try ?? `kubectl -n ${namespace} logs ${first.pod}`)];
  }
}

/** The callers and the server of the article, as our pods are labelled. */
const OUR_APPS = ["payments-service", "api-gateway", "finance-batch-job"] as const;

export const checkForeignPolicies: ClusterCheck = async (kubectl) => {
  const namespace = await kubectl.get<KubeObject>(`namespace/${kubectl.namespace}`);
  if (namespace === null) return []; // told by its own check
  const pods = OUR_APPS.map((app) => ({ ...ciliumLabels(namespace), [MANAGED_BY.label]: MANAGED_BY.value, app }));
  const { found: foreign } = await findForeignPolicies(kubectl, pods); // what may not be listed is a finding of its own
  if (foreign.length === 0) return [ok("policies", "none of others selects tollgate's pods")];
  return foreign.map(({ name }) =>
    fail(
      "policies",
      `${name} is someone else's and selects tollgate's pods`,
      "another --namespace, or exclude app.kubernetes.io/managed-by: tollgate",
    ),
  );
};
