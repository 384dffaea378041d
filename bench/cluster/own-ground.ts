/**
 * Whether the pods of a run would stand on ground of their own: in a namespace that is there and stays, and without a
 * policy of someone else on them. Only questions are asked; a run that is refused here has made nothing.
 */
import { Fault } from "../../loadgen/fault.js";
import { ciliumLabels, findForeignPolicies, type PolicyInForce } from "./foreign-policies.js";
import type { KubeObject } from "./kube-object.js";
import { failedBecause } from "./kubectl-fault.js";
import type { Kubectl } from "./kubectl.js";
import { namespaceObject, runObjects, type RunPlan } from "./manifests.js";
import type { Labels } from "./run-names.js";

export interface Ground {
  readonly kubectl: Kubectl;
  readonly plan: RunPlan;
  /** The namespace will be the run's own: it need not be there yet. */
  readonly ownsNamespace: boolean;
  /** Cilium's `cluster-name`. */
  readonly clusterName: string;
}

/**
 * @returns what could not be seen for want of permissions, as warnings
 * @throws Fault that names the namespace's state, or the policies of others
 */
export async function requireOwnGround({ kubectl, plan, ownsNamespace, clusterName }: Ground): Promise<string[]> {
  const namespace = ownsNamespace ? namespaceObject(plan) : await namespaceThatStays(kubectl);
  const cilium = ciliumLabels(namespace, clusterName);
  const pods = runObjects(plan)
    .flatMap(podLabels)
    .map((labels) => ({ ...labels, ...cilium }));
  const { found, unread } = await findForeignPolicies(kubectl, pods);
  if (found.length > 0) throw underOthersPolicies(found, kubectl.namespace);
  return unread.map((kind) => `whether ${kind} of others select the run's pods is not known: they may not be listed`);
}

async function namespaceThatStays(kubectl: Kubectl): Promise<KubeObject> {
  const { namespace: name } = kubectl;
  const found = await kubectl.get<KubeObject>(`namespace/${name}`).catch((error: unknown): KubeObject => {
    if (!failedBecause(error, "forbidden")) throw error;
    return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  });
  if (found === null) {
    throw new Fault({
      fact: `there is no namespace ${name}`,
      so: "nothing was started",
      try: `kubectl create namespace ${name}, or no --namespace: the run makes one of its own`,
    });
  }
  if (found.metadata.deletionTimestamp === undefined) return found;
  throw new Fault({
    fact: `the namespace ${name} is being deleted`,
    so: "nothing was started",
    try: "wait until it is gone (kubectl get namespace), or another --namespace",
  });
}

/** Of a pod, and of the pods that a Job will make. */
function podLabels({ kind, metadata, spec }: KubeObject): Labels[] {
  if (kind === "Pod") return [metadata.labels ?? {}];
  if (kind !== "Job") return [];
  const { template } = spec as { readonly template: { readonly metadata: { readonly labels: Labels } } };
  return [template.metadata.labels];
}

function underOthersPolicies(found: readonly PolicyInForce[], namespace: string): Fault {
  return new Fault({
    fact: "policies of someone else would be in force on the pods of the run",
    expected: `in ${namespace}, on every pod, the policies of its own road and no other`,
    seen: found.map(({ name }) => name).join("\n"),
    so: "the roads would not be what their names say: nothing was started",
    try: "another --namespace, or let them exclude app.kubernetes.io/managed-by: tollgate",
  });
}
