/**
 * Makes kubectl fail in every way that tollgate names, one call for each: what it says is kept for the tests. The contexts
 * and namespaces that it takes are prepared by scripts/record-cluster.mjs.
 */
import { Fault } from "../../../loadgen/fault.js";
import { MANAGED_BY, type KubeObject } from "../kube-object.js";
import type { KubectlCause } from "../kubectl-fault.js";
import type { Kubectl } from "../kubectl.js";

/** Runs them in turn; the causes, in the order of the calls. @throws Error for a call that did not fail. */
export async function provokeFailures(
  open: (context: string, namespace: string) => Kubectl,
  admin: string,
): Promise<readonly KubectlCause[]> {
  const failures: readonly (readonly [KubectlCause, () => Promise<unknown>])[] = [
    ["no-context", () => open("elsewhere", "bench").get("namespace/bench")],
    ["unreachable", () => open("unreachable", "bench").get("namespace/bench")],
    ["unauthorized", () => open("unauthorized", "bench").get("namespace/bench")],
    ["forbidden", () => open("limited", "bench").list("nodes")],
    ["forbidden", () => open("limited", "bench").get("configmap/cilium-config", { namespace: "kube-system" })],
    ["forbidden", () => open("limited", "bench").exec({ pod: "gw", container: "c" }, ["id"])],
    ["forbidden", () => open("limited", "bench").raw("/api/v1/nodes/node1/proxy/stats/summary")],
    ["forbidden", () => open("limited", "bench").apply([configMap("program", "a")])],
    ["not-found", () => open(admin, "bench").exec({ pod: "nobody", container: "c" }, ["id"])],
    ["not-found", () => open(admin, "bench").logs({ pod: "nobody", container: "c" }, { tail: 1 })],
    ["unknown-kind", () => open(admin, "bench").list("gateways.gateway.networking.k8s.io")],
    ["quota", () => open(admin, "full").apply([pod("one", {})])],
    ["pod-security", () => open(admin, "strict").apply([pod("one", { hostNetwork: true })])],
    ["terminating", () => open(admin, "ending").apply([configMap("program", "a")])],
    ["conflict", () => open(admin, "bench").apply([configMap("held", "ours")])],
    ["rejected", () => open(admin, "bench").apply([{ ...configMap("wrong", "a"), date: 1 }])],
    ["condition-timeout", () => open(admin, "bench").wait("pod/gw", "condition=Initialized=False", 500)],
  ];
  for (const [cause, provoke] of failures) await mustFail(cause, provoke);
  return failures.map(([cause]) => cause);
}

async function mustFail(cause: KubectlCause, provoke: () => Promise<unknown>): Promise<void> {
  const error = await provoke().then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Fault)) throw new Error(`${cause}: did not fail as it should`, { cause: error });
}

const labels = { [MANAGED_BY.label]: MANAGED_BY.value };

function configMap(name: string, value: string): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data: { key: value } };
}

function pod(name: string, spec: Readonly<Record<string, unknown>>): KubeObject {
  const containers = [{ name: "c", image: "tollgate.test/node:1" }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec: { ...spec, containers } };
}
