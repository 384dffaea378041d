/**
 * Policies of others that would be in force on tollgate's pods: a road with a policy that tollgate did not put there is
 * not the road it says it is. Read from kubectl's objects; what a selector means is Cilium's and Kubernetes' own rule.
 */
import { labelSelector, MANAGED_BY, type KubeObject } from "./kube-object.js";
import { failedBecause } from "./kubectl-fault.js";
import type { Kubectl } from "./kubectl.js";

export interface PolicyObject extends KubeObject {
  /** Cilium's policies have one rule, or several, or both. */
  readonly spec?: PolicyRule;
  readonly specs?: readonly PolicyRule[];
}

interface PolicyRule {
  readonly endpointSelector?: Selector;
  /** A host policy: it selects nodes and no pod. */
  readonly nodeSelector?: Selector;
  /** Of Kubernetes' own NetworkPolicy. */
  readonly podSelector?: Selector;
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface PolicyInForce {
  /** `ciliumnetworkpolicy payments-l4`, as kubectl takes it. */
  readonly name: string;
  /** The first of our pods that it selects, by its labels. */
  readonly selects: string;
}

/**
 * Those of `policies` that are not ours and select one of the pods. `pods`: the labels of each, with those that Cilium
 * adds for its namespace and service account ({@link ciliumLabels}).
 */
export function foreignPolicies(
  policies: readonly PolicyObject[],
  pods: readonly Readonly<Record<string, string>>[],
): readonly PolicyInForce[] {
  return policies
    .filter(({ metadata }) => metadata.labels?.[MANAGED_BY.label] !== MANAGED_BY.value)
    .flatMap((policy) => {
      const selectors = rulesOf(policy).flatMap(podSelector);
      const pod = pods.find((labels) => selectors.some((selector) => matches(selector, labels)));
      if (pod === undefined) return [];
      return [{ name: `${policy.kind.toLowerCase()} ${policy.metadata.name}`, selects: labelSelector(pod) }];
    });
}

export interface PoliciesOfOthers {
  readonly found: readonly PolicyInForce[];
  /** Kinds that may not be listed: nothing is known of them. */
  readonly unread: readonly string[];
}

const POLICY_KINDS = [
  "ciliumnetworkpolicies.cilium.io",
  "networkpolicies.networking.k8s.io",
  "ciliumclusterwidenetworkpolicies.cilium.io",
] as const;

/** Asks the cluster for every policy that could select a pod of kubectl's namespace. */
export async function findForeignPolicies(
  kubectl: Kubectl,
  pods: readonly Readonly<Record<string, string>>[],
): Promise<PoliciesOfOthers> {
  const unread: string[] = [];
  const lists = await Promise.all(
    POLICY_KINDS.map(async (kind) => {
      const isClusterwide = kind === "ciliumclusterwidenetworkpolicies.cilium.io";
      try {
        return await kubectl.list<PolicyObject>(kind, isClusterwide ? { allNamespaces: true } : {});
      } catch (error) {
        if (!failedBecause(error, "forbidden", "unknown-kind")) throw error;
        if (failedBecause(error, "forbidden")) unread.push(kind);
        return [];
      }
    }),
  );
  return { found: foreignPolicies(lists.flat(), pods), unread };
}

/** The labels that Cilium gives an endpoint beside the pod's own. */
export function ciliumLabels(
  namespace: KubeObject,
  cluster = "default",
  serviceAccount = "default",
): Readonly<Record<string, string>> {
  const own = Object.entries(namespace.metadata.labels ?? {});
  return {
    "io.kubernetes.pod.namespace": namespace.metadata.name,
    "io.cilium.k8s.policy.cluster": cluster,
    "io.cilium.k8s.policy.serviceaccount": serviceAccount,
    ...Object.fromEntries(own.map(([label, value]) => [`io.cilium.k8s.namespace.labels.${label}`, value])),
  };
}

function rulesOf({ spec, specs }: PolicyObject): readonly PolicyRule[] {
  return [...(spec === undefined ? [] : [spec]), ...(specs ?? [])];
}

function podSelector({ endpointSelector, podSelector: pods }: PolicyRule): readonly Selector[] {
  const selector = endpointSelector ?? pods;
  return selector === undefined ? [] : [selector];
}

/** An empty selector selects everything. */
function matches(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[bare(key)] === value);
  return equal && matchExpressions.every((one) => satisfies(one, labels));
}

function satisfies(
  { key, operator, values = [] }: NonNullable<Selector["matchExpressions"]>[number],
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[bare(key)];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return true; // an operator of a later release: better one refusal too many
  }
}

/** Cilium writes a label's source before it, `k8s:app`, `any:app`; ours are all of Kubernetes. */
function bare(key: string): string {
  return key.replace(/^(k8s|any)[:.]/, "");
}
