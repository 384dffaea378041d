/**
 * Everything tollgate ever does on a cluster, as one list: the RBAC manifest (rbac.ts) grants exactly this, and the doctor
 * asks for exactly this. Whoever makes tollgate do something new adds it here first.
 */
import type { Access } from "./access-review.js";

/** Where a permission holds: tollgate's namespace, that of Cilium, that of its certificates, or the whole cluster. */
export type PermissionScope = "own" | "cilium" | "secrets" | "cluster";

export interface Permission {
  readonly scope: PermissionScope;
  /** Plural, with its group after a dot and a part of it after a slash: `jobs.batch`, `pods/exec`. */
  readonly resource: string;
  /** These objects only. */
  readonly names?: readonly string[];
  readonly verbs: readonly Verb[];
  /** What it is used for, for whoever grants it. */
  readonly why: string;
  /** What a run is lacking without it; null: it cannot run. */
  readonly without: string | null;
}

type Verb = "get" | "list" | "watch" | "create" | "patch" | "delete";

const MAKE: readonly Verb[] = ["get", "list", "watch", "create", "patch", "delete"];
/** Over WebSockets kubectl reads a stream with `get`, over SPDY it creates one. */
const STREAM: readonly Verb[] = ["get", "create"];
const UNSURE = "certainty that nobody else's is in force";

const PERMISSIONS: readonly Permission[] = [
  may("own", "pods", MAKE, "payments servers, generators and the driver"),
  may("own", "pods/exec", STREAM, "the one stream to the driver pod"),
  may("own", "services", MAKE, "callers dial the Service, as applications do"),
  may("own", "configmaps", MAKE, "the program that the pods run"),
  may("own", "secrets", MAKE, "the run's own token and certificates, and what stands, for --attach"),
  may("own", "jobs.batch", MAKE, "generators are an Indexed Job"),
  may("own", "ciliumnetworkpolicies.cilium.io", MAKE, "one policy per road; and to see those of others"),
  may("own", "networkpolicies.networking.k8s.io", ["list"], "policies of others on our pods", UNSURE),
  may("own", "events", ["list"], "why a pod does not start", "reason when a pod does not start"),

  may("cilium", "pods", ["get", "list"], "the agent and the Envoy of each node, and their images"),
  may("cilium", "configmaps", ["get"], "Cilium's settings: L7 proxy, secrets, fingerprint", null, ["cilium-config"]),
  may("cilium", "deployments.apps", ["get"], "the operator's version", "operator's version in the fingerprint", [
    "cilium-operator",
  ]),
  may(
    "cilium",
    "pods/exec",
    STREAM,
    "cilium-dbg in the agent, /proc of agent and Envoy: policy in force, exact counts, CPU (as good as root on the node)",
  ),

  may("secrets", "secrets", MAKE, "the policies' certificates of this run, under names of its own", "intercepted TLS"),

  may("cluster", "nodes", ["get", "list"], "kernel, CPU and type of the nodes, and where to place pods"),
  may("cluster", "namespaces", ["get"], "the namespace's labels, and whether it is being deleted"),
  may("cluster", "ciliumclusterwidenetworkpolicies.cilium.io", ["list"], "policies of others on our pods", UNSURE),
];

function may(
  scope: PermissionScope,
  resource: string,
  verbs: readonly Verb[],
  why: string,
  without: string | null = null,
  names?: readonly string[],
): Permission {
  return { scope, resource, verbs, why, without, ...(names === undefined ? {} : { names }) };
}

/** The namespaces that the scopes stand for. */
export interface ScopeNamespaces {
  readonly own: string;
  readonly cilium: string;
  /** Where Cilium reads certificates only there and copies none into it (tls.secretSync off); null: no right is needed. */
  readonly secrets: string | null;
}

/** What tollgate needs on a cluster of this kind. */
export function permissionsIn({ secrets }: ScopeNamespaces): readonly Permission[] {
  return PERMISSIONS.filter(({ scope }) => scope !== "secrets" || secrets !== null);
}

/** What to ask the cluster for one permission: one question per verb and named object. */
export function accessesOf(permission: Permission, namespaces: ScopeNamespaces): readonly Access[] {
  const { scope, verbs, names } = permission;
  const { group, plural, part } = splitResource(permission.resource);
  const namespace = scope === "cluster" ? null : namespaces[scope];
  return verbs.flatMap((verb) =>
    (names ?? [null]).map((name) => ({ verb, group, resource: plural, subresource: part, name, namespace })),
  );
}

/** `jobs.batch`, `pods/exec` in the parts that the API has. */
export function splitResource(resource: string): { group: string; plural: string; part: string | null } {
  const [whole = "", part = null] = resource.split("/");
  const [plural = whole, ...group] = whole.split(".");
  return { group: group.join("."), plural, part };
}
